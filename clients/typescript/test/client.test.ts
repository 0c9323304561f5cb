// What the adapter does when the network or the server fails.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, test } from "vitest";

import { allowSignIn, AuthGraphAdapter, AuthGraphError } from "@authgraph/adapter";

const url = "http://authgraph.example/graphql";

type Answer = () => Response | Promise<Response>;

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return () => new Response(JSON.stringify(body), { status, headers });
}

const unreachable: Answer = () => {
  throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
};
const nobody = json({ data: { user: null } });
const unavailable = json({ errors: [{ message: "Try later.", extensions: { code: "SERVICE_UNAVAILABLE" } }] });

/** An adapter whose requests get these answers, in order; the last one holds from then on. */
function scripted(...answers: Answer[]) {
  const requests: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: unknown, init?: RequestInit) => {
    requests.push({ url: String(url), init: init ?? {} });
    return answers[Math.min(requests.length, answers.length) - 1]!();
  };
  return { adapter: AuthGraphAdapter({ url, apiKey: "ag_1_secret", fetch: fetch as typeof globalThis.fetch }), requests };
}

const CHANGES = [
  ["createUser", [{ id: "1", email: "a@example.com", emailVerified: null }]],
  ["linkAccount", [{ userId: "1", type: "oauth", provider: "p", providerAccountId: "1" }]],
  ["unlinkAccount", [{ provider: "p", providerAccountId: "1" }]],
  ["createSession", [{ sessionToken: "t", userId: "1", expires: new Date(4e12) }]],
  ["createVerificationToken", [{ identifier: "i", token: "t", expires: new Date(4e12) }]],
  ["useVerificationToken", [{ identifier: "i", token: "t" }]],
  ["createAuthenticator", [{ credentialID: "c", userId: "1", counter: 0 }]],
  ["updateUser", [{ id: "1", name: "Ada" }]],
  ["deleteUser", ["1"]],
  ["updateSession", [{ sessionToken: "t" }]],
  ["deleteSession", ["t"]],
  ["updateAuthenticatorCounter", ["c", 1]],
] as const;
const READS = [
  ["getUser", ["1"]],
  ["getUserByEmail", ["a@example.com"]],
  ["getUserByAccount", [{ provider: "p", providerAccountId: "1" }]],
  ["getAccount", ["1", "p"]],
  ["getSessionAndUser", ["t"]],
  ["getAuthenticator", ["c"]],
  ["listAuthenticatorsByUserId", ["1"]],
] as const;

async function failure(call: unknown): Promise<AuthGraphError> {
  const error = await Promise.resolve(call).then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(AuthGraphError);
  return error as AuthGraphError;
}

test("half an emoji is sent as U+FFFD, and a whole one as it is", async () => {
  const { adapter, requests } = scripted(nobody);
  await adapter.getUserByEmail!("\ud83d😀\ude00@example.com");
  expect(JSON.parse(String(requests[0]!.init.body)).variables).toEqual({ email: "\ufffd😀\ufffd@example.com" });
});

describe("a request", () => {
  test("is a POST of the document with the key", async () => {
    const { adapter, requests } = scripted(nobody);
    expect(await adapter.getUser("1")).toBeNull();
    const [{ url: sentTo, init }] = requests as [(typeof requests)[number]];
    expect(sentTo).toBe(url);
    expect(init.method).toBe("POST");
    expect(init.headers).toMatchObject({ authorization: "Bearer ag_1_secret", "content-type": "application/json" });
    const body = JSON.parse(String(init.body));
    expect(body.query).toContain("query GetUser($id: ID!)");
    expect(body.variables).toEqual({ id: "1" });
  });

  test("calls fetch without a receiver, which edge runtimes insist on", async () => {
    let receiver: unknown = "none";
    const fetch = async function (this: unknown) {
      receiver = this;
      return nobody();
    };
    await AuthGraphAdapter({ url, apiKey: "k", fetch: fetch as typeof globalThis.fetch }).getUser("1");
    expect(receiver).toBeUndefined();
  });

  test("needs settings only once it is made, because an app is built without them", async () => {
    const built = AuthGraphAdapter({ url: undefined as never, apiKey: undefined as never });
    await expect(built.getUser("1")).rejects.toThrow("has no apiKey");
    await expect(AuthGraphAdapter({ url: "/graphql", apiKey: "k" }).getUser("1")).rejects.toThrow("pass an absolute one");
  });
});

test.each(["2020-01-01", "2020", "1", "Jan 1 2020", "Jan 1 2020 (2020-01-01T00:00Z)"])(
  "a user is disabled as the API says, whatever is stored: until %j",
  async (disabledUntil) => {
    const user = {
      ...{ userId: "1", name: null, email: null, emailVerified: null, image: null, deletingAt: null },
      disabled: { at: "2020-01-01T00:00:00.000Z", until: null },
      attributes: { disabledUntil, plan: "pro" },
    };
    const found = await scripted(json({ data: { user } })).adapter.getUser("1");
    expect(found).toMatchObject({ disabledAt: new Date("2020-01-01T00:00:00.000Z"), plan: "pro" });
    expect(found).not.toHaveProperty("disabledUntil");
    expect(allowSignIn({ user: found! })).toBe(false);
  },
);

describe("passkeys", () => {
  const passkey = {
    userId: "1",
    credentialId: "a2V5",
    providerAccountId: "a2V5",
    credentialPublicKey: "cHVi",
    counter: 1,
    deviceType: "MULTI_DEVICE",
    backedUp: true,
    transports: ["usb", "nfc"],
  };

  function page(nodes: object[], endCursor: string | null) {
    const authenticators = { nodes, pageInfo: { hasNextPage: endCursor !== null, endCursor } };
    return json({ data: { user: { authenticators } } });
  }

  test("are listed page by page", async () => {
    const second = { ...passkey, credentialId: "c2Vjb25k", deviceType: "SINGLE_DEVICE", transports: null };
    const { adapter, requests } = scripted(page([passkey], "next"), page([second], null));
    expect(await adapter.listAuthenticatorsByUserId("1")).toMatchObject([
      { credentialID: "a2V5", credentialDeviceType: "multiDevice", transports: "usb,nfc" },
      { credentialID: "c2Vjb25k", credentialDeviceType: "singleDevice", transports: null },
    ]);
    const variables = requests.map(({ init }) => JSON.parse(String(init.body)).variables);
    expect(variables).toEqual([
      { userId: "1", after: null },
      { userId: "1", after: "next" },
    ]);
  });

  test("of nobody are none", async () => {
    expect(await scripted(nobody).adapter.listAuthenticatorsByUserId("1")).toEqual([]);
  });
});

describe("a failure", () => {
  test("of the network says what was tried", async () => {
    const { adapter, requests } = scripted(unreachable);
    const error = await failure(adapter.getUser("1"));
    expect(error.code).toBe("NETWORK_ERROR");
    expect(error.message).toContain(`GetUser at ${url}, tried 3 times: fetch failed (connect ECONNREFUSED)`);
    expect(error.cause).toMatchObject({ name: "TypeError", message: "fetch failed" });
    expect(requests).toHaveLength(3);
  });

  test("that passes is not noticed by a read", async () => {
    const { adapter, requests } = scripted(unreachable, json({}, 503), nobody);
    expect(await adapter.getUser("1")).toBeNull();
    expect(requests).toHaveLength(3);
  });

  test("that the server calls passing is tried again", async () => {
    const { adapter, requests } = scripted(unavailable, nobody);
    expect(await adapter.getUser("1")).toBeNull();
    expect(requests).toHaveLength(2);
  });

  test.each([
    ["SERVICE_UNAVAILABLE", 503],
    ["OVERLOADED", 503],
    ["THROTTLED", 429],
    ["TIMEOUT", 504],
    ["REQUEST_TIMEOUT", 408],
  ])("of the code %s is tried again", async (code, status) => {
    const { adapter, requests } = scripted(json({ errors: [{ message: "No.", extensions: { code } }] }, status), nobody);
    expect(await adapter.getUser("1")).toBeNull();
    expect(requests).toHaveLength(2);
  });

  test.concurrent.each(CHANGES)("of %s is tried again, as the same request, three times in all", async (method, args) => {
    for (const answer of [unreachable, unavailable]) {
      const { adapter, requests } = scripted(answer);
      const call = adapter[method] as (...args: unknown[]) => unknown;
      await failure(call(...args));
      expect(requests).toHaveLength(3);
      expect(new Set(requests.map(({ init }) => init.body)).size).toBe(1);
    }
  });

  test("that stays is not tried again", async () => {
    const forbidden = { message: "This requires users:read.", path: ["user"], extensions: { code: "FORBIDDEN" } };
    const { adapter, requests } = scripted(json({ data: null, errors: [forbidden] }));
    const error = await failure(adapter.getUser("1"));
    expect(error).toMatchObject({ code: "FORBIDDEN", path: ["user"] });
    expect(error.message).toContain("This requires users:read.");
    expect(requests).toHaveLength(1);
  });

  test("of something that is no GraphQL server names the status", async () => {
    const { adapter } = scripted(() => new Response("<html>", { status: 404 }));
    const error = await failure(adapter.getUser("1"));
    expect(error.code).toBe("BAD_RESPONSE");
    expect(error.message).toContain("HTTP 404 without a GraphQL answer to GetUser");
  });

  test("is every answer of something else: none of them says that nobody is there", async () => {
    const bodies = [
      ...["", "null", "5", "[]", "{}", '"ag_1_secret"'],
      ...["5", '"x"', "[]", "{}", '{"other":null}', '{"__typename":"Query"}'].map((data) => `{"data":${data}}`),
      ...["5", '"x"', "{}", "[null]", '["x"]', '{"detail":"Unavailable"}'].map((errors) => `{"errors":${errors}}`),
      ...["5", "{}", '{"userErrors":null}', '{"userErrors":[null]}', '{"userErrors":[{}]}'].map(
        (payload) => `{"data":{"result":${payload}}}`,
      ),
      '{"data":{"user":null,"account":null,"session":null,"authenticator":null,"result":null},"errors":[null]}',
      '{"data":{"user":5,"account":5,"session":5,"authenticator":5}}',
    ];
    for (const body of bodies) {
      const { adapter } = scripted(() => new Response(body));
      for (const [method, args] of [...CHANGES, ...READS]) {
        const call = adapter[method] as (...args: unknown[]) => unknown;
        expect((await failure(call(...args))).code, `${method} with ${body}`).toBe("BAD_RESPONSE");
      }
    }
    expect(CHANGES.length + READS.length).toBe(Object.keys(scripted(nobody).adapter).length);
  });

  test("of a server in front that has JSON of its own is tried again if its status passes", async () => {
    const { adapter, requests } = scripted(json({ errors: { detail: "Service Unavailable" } }, 503), nobody);
    expect(await adapter.getUser("1")).toBeNull();
    expect(requests).toHaveLength(2);
  });

  test("waits as long as the server asks, if the call has the time", async () => {
    const busy = json({ errors: [{ message: "Slow down.", extensions: { code: "THROTTLED" } }] }, 429, {
      "retry-after": "60",
    });
    const fetch = (async () => busy()) as typeof globalThis.fetch;
    const started = Date.now();
    const error = await failure(AuthGraphAdapter({ url, apiKey: "k", fetch, timeoutMs: 50 }).getUser("1"));
    expect(error.code).toBe("THROTTLED");
    expect(Date.now() - started).toBeLessThan(5000);
  });
});

describe("the time", () => {
  const servers: ReturnType<typeof createServer>[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  test("of a call ends, whatever the server does", async () => {
    const server = createServer(() => {});
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/graphql`;
    const error = await failure(AuthGraphAdapter({ url: address, apiKey: "k", timeoutMs: 100 }).getUser("1"));
    expect(error.code).toBe("TIMEOUT");
    expect(error.message).toContain(`No answer within 100 ms to GetUser at ${address}`);
  });
});
