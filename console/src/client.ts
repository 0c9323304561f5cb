import { cacheExchange, Client, fetchExchange } from "urql";

import { signOut } from "./key";
import { waitFor } from "./waiting";

const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = [503, 504];
const UNAUTHORIZED = 401;
const LONGEST_WAIT_SECONDS = 90;
/** How often a request is sent again: while the rate limit is used up, and while the server or its table is away. */
const ATTEMPTS = 4;

/** A client for one key. A new key gets a new client, so nothing that one key may see is shown to another. */
export function makeClient(url: string, key: string) {
  return new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    // The key goes in a header of a POST, so that nothing is in an address. Cookies of the apps do not count here.
    preferGetMethod: false,
    fetchOptions: { credentials: "omit", cache: "no-store", headers: { authorization: `Bearer ${key}` } },
    fetch: patientFetch,
  });
}

/** Sends a request again after the time that the server has named. Every operation of the console is safe to repeat. */
async function patientFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(input, init);
    if (response.status === UNAUTHORIZED) {
      signOut("The key is not valid: it may be misspelt, expired or revoked.");
      return response;
    }
    const seconds = Number(response.headers.get("retry-after"));
    const isPassing = response.status === TOO_MANY_REQUESTS || UNAVAILABLE.includes(response.status);
    if (!isPassing || !(seconds > 0) || seconds > LONGEST_WAIT_SECONDS || attempt === ATTEMPTS) return response;
    await waitFor(seconds, response.status === TOO_MANY_REQUESTS ? "THROTTLED" : "UNAVAILABLE", init?.signal);
  }
}
