import type { CombinedError } from "urql";

interface Explanation {
  title: string;
  text: string;
  canRetry: boolean;
}

/** The code of the first error of a response; null if the server was not reached. */
export function codeOf(error: CombinedError): string | null {
  const code = error.graphQLErrors[0]?.extensions.code;
  return typeof code === "string" ? code : null;
}

/** What to tell people about an operation that failed. */
export function explain(error: CombinedError): Explanation {
  const text = error.graphQLErrors[0]?.message ?? "";
  const code = codeOf(error);
  switch (code) {
    case null:
      return { title: "The server was not reached", text: "Check the connection, and that the server runs.", canRetry: true };
    case "FORBIDDEN":
      return { title: "This key may not do that", text, canRetry: false };
    case "UNAUTHENTICATED":
      return { title: "The key is not valid", text: "Sign in again.", canRetry: false };
    case "THROTTLED":
      return { title: "The rate limit is used up", text, canRetry: true };
    case "SERVICE_UNAVAILABLE":
    case "OVERLOADED":
    case "TIMEOUT":
      return { title: "The server could not answer in time", text, canRetry: true };
    case "INVALID_CURSOR":
      return { title: "This page of the list is gone", text: "Go back to the first page.", canRetry: false };
    case "BAD_USER_INPUT":
      return { title: "That cannot be listed", text, canRetry: false };
    default:
      return { title: "Something went wrong", text: text || code, canRetry: true };
  }
}
