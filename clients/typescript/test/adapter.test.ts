// Every method of the adapter against a running server, with a key that has no more than the scope `adapter`.

import type { AdapterAccount, AdapterUser } from "@auth/core/adapters";
import { beforeAll, describe, expect, test } from "vitest";

import { AuthGraphAdapter, AuthGraphError } from "@authgraph/adapter";
import { ask, createAdapter, createKey, inSeconds, unique, uniqueEmail, url } from "./server.js";

let adapter: Awaited<ReturnType<typeof createAdapter>>;

beforeAll(async () => {
  adapter = await createAdapter();
});

function newUser(user: Partial<AdapterUser> & Record<string, unknown> = {}): AdapterUser {
  return { id: crypto.randomUUID(), email: uniqueEmail(), emailVerified: null, ...user };
}

async function newAccount(account: Record<string, unknown> = {}) {
  const user = await adapter.createUser(newUser());
  const key = { provider: "github", providerAccountId: unique("1234") };
  await adapter.linkAccount({ userId: user.id, type: "oauth", ...key, ...account } as AdapterAccount);
  return { user, key };
}

async function newSession() {
  const user = await adapter.createUser(newUser());
  const session = { sessionToken: crypto.randomUUID(), userId: user.id, expires: inSeconds(3600) };
  const created = await adapter.createSession(session);
  return { user, session: { ...session, createdAt: createdAt(created) }, created };
}

/** When the server created a user or a session: just now. */
function createdAt(created: object): Date {
  const { createdAt } = created as { createdAt?: unknown };
  expect(createdAt).toBeInstanceOf(Date);
  expect(Math.abs((createdAt as Date).getTime() - Date.now())).toBeLessThan(3_600_000);
  return createdAt as Date;
}

async function failure(call: () => unknown): Promise<AuthGraphError> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(AuthGraphError);
    return error as AuthGraphError;
  }
  throw new Error("It did not fail.");
}

describe("users", () => {
  test("createUser keeps the proposed id and returns what is stored", async () => {
    const email = uniqueEmail();
    const emailVerified = new Date("2024-02-29T12:34:56.789Z");
    const user = newUser({ name: "Ada", image: "https://example.com/ada.png", emailVerified });
    const created = await adapter.createUser({ ...user, email: ` ${email.toUpperCase()} ` });
    expect(created).toStrictEqual({ ...user, email, createdAt: createdAt(created) });
    expect(await adapter.getUser(user.id)).toStrictEqual(created);
  });

  test("createUser makes an id when none is proposed", async () => {
    const { id: _, ...user } = newUser();
    const created = await adapter.createUser(user as AdapterUser);
    expect(created.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(created).toStrictEqual({
      ...user,
      id: created.id,
      name: null,
      image: null,
      createdAt: createdAt(created),
    });
  });

  test("a custom model goes both ways, with dates as dates and undefined left out", async () => {
    const custom = {
      role: "editor",
      level: 3,
      active: true,
      nothing: null,
      birthday: new Date("1990-12-10T00:00:00.000Z"),
      tags: ["a", "b"],
      address: { city: "London" },
    };
    const user = await adapter.createUser(newUser({ ...custom, missing: undefined }));
    expect(user).toMatchObject(custom);
    expect(user).not.toHaveProperty("missing");
    expect(await adapter.getUser(user.id)).toStrictEqual(user);
  });

  test("a value that JSON would lose is refused before anything is sent", async () => {
    await expect(adapter.createUser(newUser({ tags: new Set(["a"]) }))).rejects.toThrow("The attribute tags holds");
  });

  test("a user may have no e-mail", async () => {
    const user = await adapter.createUser(newUser({ email: null as unknown as string }));
    expect(user.email).toBeNull();
  });

  test("an e-mail belongs to one user", async () => {
    const user = await adapter.createUser(newUser());
    const error = await failure(() => adapter.createUser(newUser({ email: user.email })));
    expect(error).toMatchObject({ code: "TAKEN", path: ["email"] });
  });

  test("users are found by id, e-mail and account", async () => {
    const { user, key } = await newAccount();
    expect(await adapter.getUser(user.id)).toStrictEqual(user);
    expect(await adapter.getUserByEmail(user.email.toUpperCase())).toStrictEqual(user);
    expect(await adapter.getUserByAccount(key)).toStrictEqual(user);
  });

  test("who is not there is null", async () => {
    expect(await adapter.getUser(unique("nobody"))).toBeNull();
    expect(await adapter.getUserByEmail(uniqueEmail())).toBeNull();
    expect(await adapter.getUserByAccount({ provider: "github", providerAccountId: unique("1") })).toBeNull();
  });

  test("updateUser changes what is given and keeps the rest", async () => {
    const user = await adapter.createUser(newUser({ name: "Ada", role: "editor" }));
    const emailVerified = new Date("2025-01-01T00:00:00.000Z");
    const changed = await adapter.updateUser({ id: user.id, emailVerified, name: undefined as never, ...{ level: 4 } });
    expect(changed).toStrictEqual({ ...user, emailVerified, level: 4 });
    expect(await adapter.getUser(user.id)).toStrictEqual(changed);
  });

  test("what the app says of the times that the server keeps is not sent", async () => {
    const times = { createdAt: new Date(0), lastSignInAt: new Date(0) };
    const user = await adapter.createUser(newUser(times));
    expect(createdAt(user)).not.toEqual(times.createdAt);
    expect(user).not.toHaveProperty("lastSignInAt");
    expect(await adapter.updateUser({ ...user, ...times })).toStrictEqual(user);
  });

  test("updateUser moves the e-mail, and null clears a name", async () => {
    const user = await adapter.createUser(newUser({ name: "Ada" }));
    const email = uniqueEmail();
    expect(await adapter.updateUser({ id: user.id, email, name: null })).toStrictEqual({ ...user, email, name: null });
    expect(await adapter.getUserByEmail(user.email)).toBeNull();
    expect((await adapter.getUserByEmail(email))?.id).toBe(user.id);
  });

  test("updateUser makes no user of an unknown id", async () => {
    const id = unique("nobody");
    expect(await failure(() => adapter.updateUser({ id, name: "Ada" }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await adapter.getUser(id)).toBeNull();
  });

  test("deleteUser removes everything of a user and returns them", async () => {
    const { user, key } = await newAccount();
    const sessionToken = crypto.randomUUID();
    await adapter.createSession({ sessionToken, userId: user.id, expires: inSeconds(60) });
    expect(await adapter.deleteUser(user.id)).toStrictEqual(user);
    expect(await adapter.getUser(user.id)).toBeNull();
    expect(await adapter.getUserByAccount(key)).toBeNull();
    expect(await adapter.getSessionAndUser(sessionToken)).toBeNull();
    expect(await adapter.deleteUser(user.id)).toBeNull();
  });
});

describe("accounts", () => {
  const tokens = {
    access_token: "gho_1",
    refresh_token: "ghr_1",
    id_token: "header.body.signature",
    scope: "read:user user:email",
    token_type: "bearer",
    expires_at: 4_102_444_800,
    session_state: "abc",
    refresh_token_expires_in: 15_811_200,
    "not-before-policy": 0,
  } as const;

  test("linkAccount stores everything a provider returned", async () => {
    const { key } = await newAccount({ ...tokens, oauth_token: undefined });
    const stored = await ask(
      `query ($account: AccountKey!) {
        account(by: { account: $account }) {
          type scope tokenType expiresAt sessionState attributes tokens { accessToken refreshToken idToken }
        }
      }`,
      { account: key },
    );
    expect(stored.account).toEqual({
      type: "oauth",
      scope: tokens.scope,
      tokenType: "bearer",
      expiresAt: tokens.expires_at,
      sessionState: "abc",
      attributes: { refresh_token_expires_in: 15_811_200, "not-before-policy": 0 },
      tokens: { accessToken: "gho_1", refreshToken: "ghr_1", idToken: "header.body.signature" },
    });
  });

  test("linkAccount returns the account it was given, without undefined", async () => {
    const user = await adapter.createUser(newUser());
    const account = { userId: user.id, type: "oidc", provider: "google", providerAccountId: unique("5") } as const;
    expect(await adapter.linkAccount({ ...account, scope: undefined as never })).toStrictEqual(account);
  });

  test("getAccount returns an account without its secrets", async () => {
    const { user, key } = await newAccount(tokens);
    expect(await adapter.getAccount(key.providerAccountId, key.provider)).toStrictEqual({
      userId: user.id,
      type: "oauth",
      ...key,
      scope: tokens.scope,
      token_type: "bearer",
      expires_at: tokens.expires_at,
      session_state: "abc",
    });
  });

  test("getAccount returns everything when the adapter and its key are told so", async () => {
    const secret = { ...tokens, client_secret: "cs", refreshed: new Date("2026-01-01T00:00:00.000Z") };
    const { user, key } = await newAccount(secret);
    const apiKey = await createKey("ADAPTER", "SECRETS_READ");
    const trusted = AuthGraphAdapter({ url, apiKey, secrets: true });
    const account = { userId: user.id, type: "oauth", ...key, ...secret };
    expect(await trusted.getAccount(key.providerAccountId, key.provider)).toStrictEqual(account);
    expect(await trusted.unlinkAccount(key)).toStrictEqual(account);
    expect(await trusted.getAccount(key.providerAccountId, key.provider)).toBeNull();
  });

  test("getAccount invents no fields", async () => {
    const { user, key } = await newAccount();
    const account = await adapter.getAccount(key.providerAccountId, key.provider);
    expect(account).toStrictEqual({ userId: user.id, type: "oauth", ...key });
    expect(await adapter.getAccount(unique("1"), "github")).toBeNull();
  });

  test("an account belongs to one user", async () => {
    const { key } = await newAccount();
    const other = await adapter.createUser(newUser());
    const error = await failure(() => adapter.linkAccount({ userId: other.id, type: "oauth", ...key }));
    expect(error.code).toBe("TAKEN");
  });

  test("unlinkAccount removes an account and leaves the user another", async () => {
    const { user, key } = await newAccount();
    await adapter.linkAccount({ userId: user.id, type: "oidc", provider: "google", providerAccountId: unique("6") });
    expect(await adapter.unlinkAccount(key)).toStrictEqual({ userId: user.id, type: "oauth", ...key });
    expect(await adapter.getUserByAccount(key)).toBeNull();
    expect(await adapter.unlinkAccount(key)).toBeUndefined();
  });

  test("unlinkAccount removes the last way to sign in too, because the app decides", async () => {
    const { user, key } = await newAccount();
    expect(await adapter.unlinkAccount(key)).toStrictEqual({ userId: user.id, type: "oauth", ...key });
    expect(await adapter.getUserByAccount(key)).toBeNull();
    expect(await adapter.getUser(user.id)).toStrictEqual(user);
    await adapter.linkAccount({ userId: user.id, type: "oauth", ...key });
  });
});

describe("sessions", () => {
  test("createSession returns what is stored, in whole seconds", async () => {
    const { id: userId } = await adapter.createUser(newUser());
    const session = { sessionToken: crypto.randomUUID(), userId, expires: inSeconds(60) };
    const expires = new Date(session.expires.getTime() + 789);
    const created = await adapter.createSession({ ...session, expires });
    expect(created).toStrictEqual({ ...session, createdAt: createdAt(created) });
  });

  test("getSessionAndUser returns both, in one request", async () => {
    const { user, session } = await newSession();
    let requests = 0;
    const counting = AuthGraphAdapter({
      url,
      apiKey: await createKey("ADAPTER"),
      fetch: (...request) => {
        requests++;
        return fetch(...request);
      },
    });
    expect(await counting.getSessionAndUser(session.sessionToken)).toStrictEqual({ session, user });
    expect(requests).toBe(1);
  });

  test("attributes that sound secret are stored, and come back when the adapter and its key are told so", async () => {
    const custom = { passwordHash: "$2b$10$abc", profile: { locale: "en", apiKey: "k" } };
    const created = await adapter.createUser(newUser(custom));
    expect(created).toMatchObject({ profile: { locale: "en" } });
    expect(created).not.toHaveProperty("passwordHash");
    const session = { sessionToken: crypto.randomUUID(), userId: created.id, expires: inSeconds(60), refreshToken: "r" };
    const signedIn = await adapter.createSession(session);
    expect(signedIn).not.toHaveProperty("refreshToken");
    const apiKey = await createKey("ADAPTER", "SECRETS_READ");
    const trusted = AuthGraphAdapter({ url, apiKey, secrets: true });
    expect(await trusted.getUser(created.id)).toStrictEqual({ ...created, ...custom });
    expect(await trusted.getSessionAndUser(session.sessionToken)).toStrictEqual({
      session: { ...session, createdAt: createdAt(signedIn) },
      user: { ...created, ...custom },
    });
    const reader = AuthGraphAdapter({ url, apiKey: await createKey("ADAPTER"), secrets: true });
    expect(await failure(() => reader.getUser(created.id))).toMatchObject({ code: "FORBIDDEN" });
  });

  test("a custom attribute of a session goes both ways", async () => {
    const { id: userId } = await adapter.createUser(newUser());
    const since = new Date("2026-01-01T00:00:00.000Z");
    const session = { sessionToken: crypto.randomUUID(), userId, expires: inSeconds(60), device: "phone", since };
    const created = await adapter.createSession(session);
    expect(created).toStrictEqual({ ...session, createdAt: createdAt(created) });
    expect((await adapter.getSessionAndUser(session.sessionToken))?.session).toStrictEqual(created);
  });

  test("what the app knows of the device is stored and returned, and a strange header is no error", async () => {
    const { id: userId } = await adapter.createUser(newUser());
    const stored = "query ($token: String!) { session(by: { sessionToken: $token }) { createdAt userAgent ipAddress } }";
    const seen: unknown[] = [];
    for (const device of [
      { userAgent: "Mozilla/5.0", ipAddress: "2001:DB8:0::7" },
      { userAgent: "é".repeat(300), ipAddress: "unknown" },
      {},
    ]) {
      const describing = AuthGraphAdapter({
        url,
        apiKey: await createKey("ADAPTER"),
        describeSession: () => Promise.resolve(device),
      });
      const session = { sessionToken: crypto.randomUUID(), userId, expires: inSeconds(60) };
      const created = await describing.createSession(session);
      const { createdAt, ...known } = (await ask(stored, { token: session.sessionToken })).session;
      const present = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
      expect(created).toStrictEqual({ ...session, createdAt: new Date(createdAt), ...present });
      expect(await describing.updateSession({ ...created, expires: inSeconds(90) })).toMatchObject(present);
      seen.push(present);
    }
    expect(seen).toEqual([
      { userAgent: "Mozilla/5.0", ipAddress: "2001:db8::7" },
      { userAgent: "é".repeat(256) },
      {},
    ]);
  });

  test("who acts as the user is told to the app, for an hour and whatever Auth.js extends", async () => {
    const { id: userId } = await adapter.createUser(newUser());
    const create = `mutation ($input: CreateSessionInput!) {
      createSession(input: $input) { session { token expires } userErrors { code } }
    }`;
    const input = { user: { userId }, impersonator: "support-7" };
    const { token, expires } = (await ask(create, { input })).createSession.session;
    const found = (await adapter.getSessionAndUser(token))!.session;
    expect(found).toMatchObject({ impersonator: "support-7", expires: new Date(expires) });
    const extended = await adapter.updateSession({ ...found, expires: inSeconds(30 * 24 * 3600) });
    expect(extended).toStrictEqual(found);
    const marked = { sessionToken: crypto.randomUUID(), userId, expires: inSeconds(60), impersonator: "support-7" };
    expect(await failure(() => adapter.createSession(marked))).toMatchObject({ code: "FORBIDDEN" });
  });

  test("a token that signs nobody in is null", async () => {
    expect(await adapter.getSessionAndUser(crypto.randomUUID())).toBeNull();
  });

  test("a session needs a user who may sign in", async () => {
    const session = { sessionToken: crypto.randomUUID(), userId: unique("nobody"), expires: inSeconds(60) };
    expect(await failure(() => adapter.createSession(session))).toMatchObject({ code: "NOT_FOUND" });
    const { id: userId } = await adapter.createUser(newUser());
    const disable = "mutation ($user: ID!) { disableUser(input: { by: { userId: $user } }) { userErrors { code } } }";
    await ask(disable, { user: userId });
    expect(await failure(() => adapter.createSession({ ...session, userId }))).toMatchObject({ code: "DISABLED" });
  });

  test("updateSession extends a session", async () => {
    const { user, session } = await newSession();
    const extended = { ...session, expires: inSeconds(7200) };
    const changes = { sessionToken: session.sessionToken, expires: extended.expires };
    expect(await adapter.updateSession(changes)).toStrictEqual(extended);
    expect(await adapter.getSessionAndUser(session.sessionToken)).toStrictEqual({ session: extended, user });
  });

  test("updateSession keeps what is not given", async () => {
    const { session } = await newSession();
    expect(await adapter.updateSession({ sessionToken: session.sessionToken })).toStrictEqual(session);
  });

  test("updateSession revives nothing", async () => {
    const { session } = await newSession();
    await adapter.deleteSession(session.sessionToken);
    expect(await adapter.updateSession({ ...session, expires: inSeconds(60) })).toBeNull();
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
  });

  test("deleteSession signs out and returns the session", async () => {
    const { session } = await newSession();
    expect(await adapter.deleteSession(session.sessionToken)).toStrictEqual(session);
    expect(await adapter.getSessionAndUser(session.sessionToken)).toBeNull();
    expect(await adapter.deleteSession(session.sessionToken)).toBeNull();
  });
});

describe("verification tokens", () => {
  test("a token is used once", async () => {
    const token = { identifier: uniqueEmail(), token: unique("hash"), expires: inSeconds(3600) };
    expect(await adapter.createVerificationToken(token)).toStrictEqual(token);
    const { expires: _, ...use } = token;
    expect(await adapter.useVerificationToken(use)).toStrictEqual(token);
    expect(await adapter.useVerificationToken(use)).toBeNull();
  });

  test("another token of the identifier is not it", async () => {
    const token = { identifier: uniqueEmail(), token: unique("hash"), expires: inSeconds(3600) };
    await adapter.createVerificationToken(token);
    expect(await adapter.useVerificationToken({ ...token, token: "other" })).toBeNull();
    expect(await adapter.useVerificationToken(token)).not.toBeNull();
  });
});

describe("authenticators", () => {
  async function newAuthenticator() {
    const { user, key } = await newAccount({ type: "webauthn", provider: "passkey" });
    const authenticator = {
      credentialID: btoa(unique("credential")),
      userId: user.id,
      providerAccountId: key.providerAccountId,
      credentialPublicKey: btoa("public key"),
      counter: 4_294_967_294,
      credentialDeviceType: "multiDevice",
      credentialBackedUp: true,
      transports: "internal,hybrid",
    };
    return { user, authenticator, created: await adapter.createAuthenticator(authenticator) };
  }

  test("createAuthenticator stores a passkey", async () => {
    const { user, authenticator, created } = await newAuthenticator();
    expect(created).toStrictEqual(authenticator);
    expect(await adapter.getAuthenticator(authenticator.credentialID)).toStrictEqual(authenticator);
    expect(await adapter.listAuthenticatorsByUserId(user.id)).toStrictEqual([authenticator]);
  });

  test("who is not there has none", async () => {
    expect(await adapter.getAuthenticator(btoa("unknown"))).toBeNull();
    expect(await adapter.listAuthenticatorsByUserId(unique("nobody"))).toStrictEqual([]);
  });

  test("a counter goes forward only", async () => {
    const { authenticator } = await newAuthenticator();
    const { credentialID } = authenticator;
    const counter = authenticator.counter + 1;
    expect(await adapter.updateAuthenticatorCounter(credentialID, counter)).toStrictEqual({ ...authenticator, counter });
    expect(await failure(() => adapter.updateAuthenticatorCounter(credentialID, 7))).toMatchObject({ code: "STALE" });
    const unknown = await failure(() => adapter.updateAuthenticatorCounter(btoa("unknown"), 1));
    expect(unknown).toMatchObject({ code: "NOT_FOUND", path: ["by", "credentialId"] });
  });
});

describe("a key", () => {
  test("that is not valid is told so", async () => {
    const stranger = AuthGraphAdapter({ url, apiKey: "ag_unknown_0" });
    expect(await failure(() => stranger.getUser("1"))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("that may not is told what it lacks", async () => {
    const reader = AuthGraphAdapter({ url, apiKey: await createKey("USERS_READ") });
    const error = await failure(() => reader.getAccount("1", "github"));
    expect(error.code).toBe("FORBIDDEN");
    expect(error.message).toContain("accounts:read");
  });
});
