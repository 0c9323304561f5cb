// Values of other types than Auth.js declares, which providers and apps hand on and the official adapter takes.

import { isDate as coreIsDate, type Adapter, type AdapterAccount, type AdapterUser } from "@auth/core/adapters";
import { beforeAll, describe, expect, test } from "vitest";

import { allowSignIn } from "@authgraph/adapter";
import { isDate } from "../src/attributes.js";
import { createAdapter, inSeconds, officialAdapter, unique, uniqueEmail } from "./server.js";

type Values = Record<string, unknown>;

let ours: Required<Adapter>;
let theirs: Required<Adapter>;
let number = Date.now();

beforeAll(async () => {
  ours = await createAdapter();
  theirs = officialAdapter();
});

function newUser(user: Values = {}): AdapterUser {
  return { id: crypto.randomUUID(), email: uniqueEmail(), emailVerified: null, ...user } as AdapterUser;
}

async function link(adapter: Required<Adapter>, account: Values): Promise<AdapterAccount> {
  const { id: userId } = await adapter.createUser(newUser());
  const whole = { provider: "strava", providerAccountId: unique("a"), type: "oauth", userId, ...account };
  await adapter.linkAccount(whole as AdapterAccount);
  return whole as AdapterAccount;
}

describe("an account with", () => {
  const accounts: [string, Values, Values][] = [
    ["an id of its own", { id: "https://login.salesforce.com/id/00D/005" }, {}],
    ["an end of its own", { expires: 5_184_000 }, {}],
    ["scopes as a list", { scope: ["read", "write"] }, { scope: "read write" }],
    ["expires_at with a fraction", { expires_at: 1_900_000_000.75 }, { expires_at: 1_900_000_000 }],
    ["expires_at as digits", { expires_at: "1900000000" }, { expires_at: 1_900_000_000 }],
    ["expires_at as an ISO date", { expires_at: "2030-03-17T17:46:40Z" }, { expires_at: 1_900_000_000 }],
    ["expires_at as a date", { expires_at: new Date(1_900_000_000_500) }, { expires_at: 1_900_000_000 }],
    ["expires_at that is no time", { expires_at: "soon" }, {}],
    ["an empty expires_at", { expires_at: "" }, {}],
    ["an unknown type", { type: "saml" }, { type: "saml" }],
    ["no type", { type: undefined }, { type: "oauth" }],
    ["a session state that is a number", { session_state: 7 }, { session_state: "7" }],
    ["a session state that is an object", { session_state: { a: [1] } }, { session_state: '{"a":[1]}' }],
    ["a token that is a number", { access_token: 1234567 }, {}],
  ];

  test.each(accounts)("%s is linked, found and unlinked", async (_, given, stored) => {
    const account = await link(ours, given);
    const { userId, provider, providerAccountId } = account;
    const key = { provider, providerAccountId };
    const expected = { userId, type: "oauth", ...key, ...stored };
    expect(await ours.getAccount(providerAccountId, provider)).toStrictEqual(expected);
    expect((await ours.getUserByAccount(key))?.id).toBe(userId);
    expect((await theirs.getUserByAccount(key))?.id).toBe(userId);
    expect(await ours.unlinkAccount(key)).toStrictEqual(expected);
    expect(await theirs.getUserByAccount(key)).toBeNull();
  });

  test.each(accounts)("%s is taken by the official adapter, and found here", async (_, given) => {
    const { userId, ...key } = await link(theirs, given);
    expect((await theirs.getUserByAccount(key))?.id).toBe(userId);
    expect((await ours.getUserByAccount(key))?.id).toBe(userId);
  });

  test.each<[string, () => Required<Adapter>]>([
    ["here", () => ours],
    ["by the official adapter", () => theirs],
  ])("a number for its id, linked %s, is the same account as its digits", async (_, adapter) => {
    const id = number++;
    const { userId } = await link(adapter(), { providerAccountId: id });
    for (const providerAccountId of [id, String(id)] as string[]) {
      const key = { provider: "strava", providerAccountId };
      expect((await ours.getUserByAccount(key))?.id).toBe(userId);
      expect((await theirs.getUserByAccount(key))?.id).toBe(userId);
      expect(await ours.getAccount(providerAccountId, "strava")).toMatchObject({ userId, providerAccountId: String(id) });
    }
    await ours.unlinkAccount({ provider: "strava", providerAccountId: id as unknown as string });
    expect(await ours.getAccount(String(id), "strava")).toBeNull();
  });

  // As a text each of these would be one account for many people.
  test.each([undefined, null, Number.NaN, true, {}, ["1"], ""])("%s for its id is refused", async (providerAccountId) => {
    await expect(link(ours, { providerAccountId })).rejects.toThrow();
  });
});

describe("a user with", () => {
  const verified = new Date("2024-02-29T12:34:56.789Z");
  const users: [string, Values, Values][] = [
    ["emailVerified as ISO text", { emailVerified: verified.toISOString() }, { emailVerified: verified }],
    ["emailVerified as text with an offset", { emailVerified: "2024-02-29T13:34:56.789+01:00" }, { emailVerified: verified }],
    ["emailVerified as milliseconds", { emailVerified: verified.getTime() }, { emailVerified: verified }],
    ["emailVerified that is false", { emailVerified: false }, { emailVerified: null }],
    ["emailVerified that is no date", { emailVerified: "yes" }, { emailVerified: null }],
    ["a number for a name", { name: 42 }, { name: "42" }],
    ["an object for a name", { name: { first: "Ada" } }, { name: '{"first":"Ada"}' }],
    ["a type", { type: "User" }, {}],
    ["no e-mail", { email: "" }, { email: null }],
  ];

  test.each(users)("%s is created", async (_, given, stored) => {
    const user = newUser(given);
    const { type: __, ...rest } = user as AdapterUser & Values;
    const created = await ours.createUser(user);
    expect(created).toStrictEqual({ ...rest, name: null, image: null, createdAt: expect.any(Date), ...stored });
    expect(await ours.getUser(user.id)).toStrictEqual(created);
    const there = await theirs.getUser(user.id);
    expect({ email: null, emailVerified: null, name: null, ...there }).toMatchObject(stored);
  });

  test.each(users)("%s is updated", async (_, given, stored) => {
    const user = await ours.createUser(newUser());
    const { type: __, ...rest } = given;
    const expected = { ...user, ...rest, ...stored };
    expect(await ours.updateUser({ id: user.id, ...given })).toStrictEqual(expected);
    expect(await ours.getUser(user.id)).toStrictEqual(expected);
  });

  test("emailVerified that is true is verified as of now", async () => {
    const { emailVerified } = await ours.createUser(newUser({ emailVerified: true }));
    expect(Math.abs(Date.now() - emailVerified!.getTime())).toBeLessThan(3_600_000);
  });
});

test("a session may come with an id and end at a text", async () => {
  const { id: userId } = await ours.createUser(newUser());
  const [expires, later] = [inSeconds(60), inSeconds(120)];
  const session = { sessionToken: crypto.randomUUID(), userId, expires };
  const given = { ...session, id: "1", expires: expires.toISOString() as unknown as Date };
  const created = await ours.createSession(given);
  expect(created).toMatchObject(session);
  const changes = { ...given, expires: later.toISOString() as unknown as Date };
  expect(await ours.updateSession(changes)).toStrictEqual({ ...created, expires: later });
  await expect(ours.createSession({ ...session, expires: "soon" as unknown as Date })).rejects.toThrow(RangeError);
});

describe("who may not sign in", () => {
  const [past, future] = [new Date("2020-01-01T00:00:00.000Z"), new Date("2999-01-01T00:00:00.000Z")];

  test.each([
    { disabledAt: past },
    { disabledAt: past, disabledUntil: future },
    { deletingAt: past },
    { disabledAt: past, disabledUntil: future, deletingAt: past },
  ])("is told to the app as the official adapter does: %o", async (bar) => {
    const { userId, ...key } = await link(ours, {});
    const user = { name: null, image: null, ...(await theirs.updateUser({ id: userId, ...bar })) };
    for (const found of [await ours.getUser(userId), await ours.getUserByEmail(user.email), await ours.getUserByAccount(key)]) {
      expect(found).toStrictEqual(user);
      expect(allowSignIn({ user: found! })).toBe(false);
    }
  });

  test.each<[Values, boolean]>([
    [{}, true],
    [{ disabledAt: null, disabledUntil: null, deletingAt: null }, true],
    [{ disabledAt: past, disabledUntil: past }, true],
    [{ disabledAt: past, disabledUntil: past.toISOString() }, true],
    [{ disabledAt: past }, false],
    [{ disabledAt: past, disabledUntil: null }, false],
    [{ disabledAt: past, disabledUntil: future }, false],
    [{ disabledAt: past, disabledUntil: future.toISOString() }, false],
    [{ disabledAt: past, disabledUntil: "some day" }, false],
    ...["2020", "0", "2020-01-01", "2020-01-01T00:00", "Jan 1 2020", "some day 1"].map((until): [Values, boolean] => [
      { disabledAt: past, disabledUntil: until },
      false,
    ]),
    [{ disabledAt: past, disabledUntil: 0 }, false],
    [{ disabledAt: "since long" }, false],
    [{ disabledAt: past, disabledUntil: past, deletingAt: past }, false],
    [{ deletingAt: "now" }, false],
  ])("is known by the attributes of the user: %o may sign in: %s", (bar, allowed) => {
    expect(allowSignIn({ user: newUser(bar) })).toBe(allowed);
  });
});

test.each([
  "2024-02-29T12:34:56.789Z",
  "2024-02-29T12:34:56Z",
  "2024-02-29T12:34Z",
  "2024-02-29T12:34:56.7+01:00",
  "+012024-02-29T12:34:56Z",
  "-000001-02-29T12:34:56Z",
  "2024-02-30T12:34:56Z",
  "2024-02-29T24:00:00Z",
  "2024-02-29T25:00:00Z",
  "2024-13-29T12:34:56Z",
  "2024-00-29T12:34:56Z",
  "2024-02-29T12:34:60Z",
  "2024-02-29T12:34:56",
  "2024-02-29T12:34:56+0100",
  "2024-02-29t12:34:56z",
  "2024-02-29",
  " 2024-02-29T12:34:56Z",
  "2024-02-29T12:34:56Z.",
  "2024-02-29T12:34:56Z\n",
  "since 2024-02-29T12:34:56Z",
  "-000000-02-29T12:34:56Z",
  "",
  "soon",
])("a text is a date here if it is one to @auth/core: %j", (text) => {
  expect(isDate(text)).toBe(coreIsDate(text));
});
