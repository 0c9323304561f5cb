// Every method has the effect and the result of exactly one call, whatever happens to its first request.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import type { AdapterAccount, AdapterUser } from "@auth/core/adapters";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { AuthGraphAdapter } from "@authgraph/adapter";
import { ask, createKey, inSeconds, unique, uniqueEmail, url } from "./server.js";

type Adapter = ReturnType<typeof AuthGraphAdapter>;

/** What happens to the first request of a call: whether the server gets it, and what the client gets instead. */
const failures: Record<string, { arrives: boolean; status?: number; code?: string }> = {
  "the connection is reset before it arrives": { arrives: false },
  "the connection is reset after it was done": { arrives: true },
  "the server cannot serve it": { arrives: false, status: 503, code: "SERVICE_UNAVAILABLE" },
  "the server is overloaded": { arrives: false, status: 503, code: "OVERLOADED" },
  "DynamoDB's answer is lost after it was done": { arrives: true, status: 503, code: "SERVICE_UNAVAILABLE" },
  "it takes too long, and is done": { arrives: true, status: 504, code: "TIMEOUT" },
  "a proxy gives up after it was done": { arrives: true, status: 502 },
};

let apiKey: string;
let adapter: Adapter;
let faulty: Server;
let origin: string;
const sockets = new Set<Socket>();

beforeAll(async () => {
  apiKey = await createKey("ADAPTER");
  adapter = AuthGraphAdapter({ url, apiKey });
  const failed = new Set<string>();
  // The path names a call and its failure.
  faulty = createServer(async (request, response) => {
    const body = await text(request);
    const [call, name] = new URL(request.url!, "http://localhost").pathname.slice(1).split("/").map(decodeURIComponent);
    const { authorization, accept } = request.headers;
    const pass = () =>
      fetch(url, {
        method: "POST",
        headers: { authorization: authorization!, accept: accept!, "content-type": "application/json" },
        body,
      });
    if (failed.has(call!)) {
      const answer = await pass();
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type")! });
      return response.end(await answer.text());
    }
    failed.add(call!);
    const { arrives, status, code } = failures[name!]!;
    if (arrives) await (await pass()).text();
    if (status === undefined) return (request.socket as Socket).resetAndDestroy();
    response.writeHead(status, { "content-type": "application/json" });
    response.end(code ? JSON.stringify({ errors: [{ message: "Try later.", extensions: { code } }] }) : "<html>");
  });
  faulty.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((listening) => faulty.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(faulty.address() as AddressInfo).port}`;
});

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  faulty.close();
});

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** An adapter whose first request fails so. */
function failing(name: string): Adapter {
  return AuthGraphAdapter({ url: `${origin}/${unique("call")}/${encodeURIComponent(name)}`, apiKey });
}

function newUser(): AdapterUser {
  return { id: crypto.randomUUID(), email: uniqueEmail(), emailVerified: null, name: "Ada", image: null };
}

interface Subject {
  user: AdapterUser;
  account: AdapterAccount & { provider: string; providerAccountId: string };
  session: { sessionToken: string; userId: string; expires: Date };
  token: { identifier: string; token: string; expires: Date };
  authenticator: {
    credentialID: string;
    userId: string;
    providerAccountId: string;
    credentialPublicKey: string;
    counter: number;
    credentialDeviceType: string;
    credentialBackedUp: boolean;
    transports: string;
  };
}

/** Something of everything, none of which is stored. */
function newSubject(): Subject {
  const user = newUser();
  const providerAccountId = unique("1234");
  return {
    user,
    account: { userId: user.id, type: "oauth", provider: "github", providerAccountId },
    session: { sessionToken: crypto.randomUUID(), userId: user.id, expires: inSeconds(3600) },
    token: { identifier: uniqueEmail(), token: unique("hash"), expires: inSeconds(3600) },
    authenticator: {
      credentialID: btoa(unique("credential")),
      userId: user.id,
      providerAccountId,
      credentialPublicKey: btoa("public key"),
      counter: 1,
      credentialDeviceType: "multiDevice",
      credentialBackedUp: true,
      transports: "internal",
    },
  };
}

type Part = keyof Subject;

/** Store parts of a subject, in this order. */
async function store(subject: Subject, parts: Part[]): Promise<void> {
  for (const part of parts) {
    if (part === "user") await adapter.createUser(subject.user);
    if (part === "account") await adapter.linkAccount(subject.account);
    if (part === "session") await adapter.createSession(subject.session);
    if (part === "token") await adapter.createVerificationToken(subject.token);
    if (part === "authenticator") await adapter.createAuthenticator(subject.authenticator);
  }
}

/** All that is stored of a subject. */
async function stored({ user, token }: Subject): Promise<unknown> {
  const found = await ask(
    `query ($by: UserBy!, $identifier: String!) {
      user(by: $by) {
        name email accounts { nodes { provider providerAccountId } } sessions { nodes { token expires } }
        authenticators { nodes { credentialId counter } }
      }
      verificationTokens(identifier: $identifier) { token expires }
    }`,
    { by: { email: user.email }, identifier: token.identifier },
  );
  return found;
}

interface Method {
  needs: Part[];
  call: (adapter: Adapter, subject: Subject) => unknown;
  result: (subject: Subject) => unknown;
  /** What the call returns if it finds that it was done: what was deleted cannot be read again. */
  again?: null;
}

const EXTENDED = inSeconds(7200);

/** A user as the adapter returns them. The server knows when they were created. */
function found(user: AdapterUser): AdapterUser {
  return { ...user, createdAt: expect.anything() } as AdapterUser;
}

const methods: Record<string, Method> = {
  createUser: {
    needs: [],
    call: (adapter, { user }) => adapter.createUser(user),
    result: ({ user }) => found(user),
  },
  "createUser without an id": {
    needs: [],
    call: (adapter, { user: { id: _, ...user } }) => adapter.createUser(user as AdapterUser),
    result: ({ user }) => ({ ...found(user), id: expect.any(String) }),
  },
  getUser: {
    needs: ["user"],
    call: (adapter, { user }) => adapter.getUser(user.id),
    result: ({ user }) => found(user),
  },
  getUserByEmail: {
    needs: ["user"],
    call: (adapter, { user }) => adapter.getUserByEmail(user.email),
    result: ({ user }) => found(user),
  },
  getUserByAccount: {
    needs: ["user", "account"],
    call: (adapter, { account }) => adapter.getUserByAccount(account),
    result: ({ user }) => found(user),
  },
  updateUser: {
    needs: ["user"],
    call: (adapter, { user }) => adapter.updateUser({ id: user.id, name: "Grace", email: `new-${user.email}` }),
    result: ({ user }) => ({ ...found(user), name: "Grace", email: `new-${user.email}` }),
  },
  deleteUser: {
    needs: ["user", "account", "session"],
    call: (adapter, { user }) => adapter.deleteUser(user.id),
    result: ({ user }) => found(user),
    again: null,
  },
  linkAccount: {
    needs: ["user"],
    call: (adapter, { account }) => adapter.linkAccount({ ...account, access_token: "gho_1" }),
    result: ({ account }) => ({ ...account, access_token: "gho_1" }),
  },
  unlinkAccount: {
    needs: ["user", "account"],
    call: async (adapter, { account }) => (await adapter.unlinkAccount(account)) ?? null,
    result: ({ account }) => account,
    again: null,
  },
  getAccount: {
    needs: ["user", "account"],
    call: (adapter, { account }) => adapter.getAccount(account.providerAccountId, account.provider),
    result: ({ account }) => account,
  },
  createSession: {
    needs: ["user"],
    call: (adapter, { session }) => adapter.createSession(session),
    result: ({ session }) => ({ ...session, createdAt: expect.anything() }),
  },
  getSessionAndUser: {
    needs: ["user", "session"],
    call: (adapter, { session }) => adapter.getSessionAndUser(session.sessionToken),
    result: ({ session, user }) => ({ session: { ...session, createdAt: expect.anything() }, user: found(user) }),
  },
  updateSession: {
    needs: ["user", "session"],
    call: (adapter, { session: { sessionToken } }) => adapter.updateSession({ sessionToken, expires: EXTENDED }),
    result: ({ session }) => ({ ...session, expires: EXTENDED, createdAt: expect.anything() }),
  },
  deleteSession: {
    needs: ["user", "session"],
    call: (adapter, { session }) => adapter.deleteSession(session.sessionToken),
    result: ({ session }) => ({ ...session, createdAt: expect.anything() }),
    again: null,
  },
  createVerificationToken: {
    needs: [],
    call: (adapter, { token }) => adapter.createVerificationToken(token),
    result: ({ token }) => token,
  },
  useVerificationToken: {
    needs: ["token"],
    call: (adapter, { token: { identifier, token } }) => adapter.useVerificationToken({ identifier, token }),
    result: ({ token }) => token,
  },
  getAuthenticator: {
    needs: ["user", "authenticator"],
    call: (adapter, { authenticator }) => adapter.getAuthenticator(authenticator.credentialID),
    result: ({ authenticator }) => authenticator,
  },
  createAuthenticator: {
    needs: ["user"],
    call: (adapter, { authenticator }) => adapter.createAuthenticator(authenticator),
    result: ({ authenticator }) => authenticator,
  },
  listAuthenticatorsByUserId: {
    needs: ["user", "authenticator"],
    call: (adapter, { user }) => adapter.listAuthenticatorsByUserId(user.id),
    result: ({ authenticator }) => [authenticator],
  },
  updateAuthenticatorCounter: {
    needs: ["user", "authenticator"],
    call: (adapter, { authenticator }) => adapter.updateAuthenticatorCounter(authenticator.credentialID, 7),
    result: ({ authenticator }) => ({ ...authenticator, counter: 7 }),
  },
};

/** Texts of one subject in place of another's, so that what is stored of both can be compared. */
function renamed(value: unknown, from: Subject, to: Subject): unknown {
  const texts = (subject: Subject) =>
    Object.values(subject).flatMap((part) => Object.values(part).filter((one): one is string => typeof one === "string"));
  const [own, other] = [texts(from), texts(to)];
  const written = own.reduce((json, one, place) => json.replaceAll(JSON.stringify(one).slice(1, -1), other[place]!), JSON.stringify(value));
  return JSON.parse(written);
}

test("every method of the adapter is tried", () => {
  expect(new Set(Object.keys(methods).map((name) => name.split(" ")[0]))).toEqual(new Set(Object.keys(adapter)));
});

describe.each(Object.keys(failures))("if %s", (failure) => {
  test.concurrent.each(Object.entries(methods))("%s is done once", async (_, { needs, call, result, again }) => {
    const [undisturbed, subject] = [newSubject(), newSubject()];
    await Promise.all([store(undisturbed, needs), store(subject, needs)]);
    await call(adapter, undisturbed);

    const found = await call(failing(failure), subject);

    expect(found).toEqual(again === null && failures[failure]!.arrives ? null : result(subject));
    expect(renamed(await stored(subject), subject, undisturbed)).toEqual(await stored(undisturbed));
  });
});

test("each call has an idempotency key of its own, which its attempts share", async () => {
  const keys: string[] = [];
  const counting = AuthGraphAdapter({
    url,
    apiKey,
    fetch: async (address, init) => {
      keys.push(JSON.parse(String(init?.body)).variables.input.idempotencyKey);
      if (keys.length % 2) throw new TypeError("fetch failed");
      return fetch(address, init);
    },
  });
  const user = newUser();
  await counting.createUser(user);
  await counting.createSession({ sessionToken: crypto.randomUUID(), userId: user.id, expires: inSeconds(60) });
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[3]).toBe(keys[2]);
  expect(keys[2]).not.toBe(keys[0]);
});
