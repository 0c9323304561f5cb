// Every provider that @auth/core ships signs somebody up, with this adapter as with the official one.

import { readdirSync } from "node:fs";

import type { Adapter, AdapterAccount, AdapterUser } from "@auth/core/adapters";
import { beforeAll, describe, expect, test } from "vitest";

import { createAdapter, officialAdapter } from "./server.js";

type Member = Record<string, unknown>;

/** What is used of a provider, as Auth.js completes it. */
interface Provider {
  id: string;
  type: string;
  account(tokens: Member): Member | undefined;
}

const CORE = new URL("../node_modules/@auth/core/", import.meta.url);
const CONFIG = {
  clientId: "client",
  clientSecret: "secret",
  issuer: "https://issuer.example.com",
  baseUrl: "https://base.example.com",
  subdomain: "subdomain",
};
const TOKENS: Member = {
  access_token: "access",
  refresh_token: "refresh",
  id_token: "header.body.signature",
  token_type: "bearer",
  scope: "read write",
  expires_at: 2_000_000_000,
  session_state: "state",
  "not-before-policy": 0,
};
/** The same as providers send it that take the specifications lightly. */
const LOOSE_TOKENS: Member = {
  ...TOKENS,
  id: "https://login.example.com/id/1",
  scope: ["read", "write"],
  expires_at: "2000000000.5",
  session_state: 7,
};

// Auth.js exports neither to anybody, so they are taken from where they stand.
const { default: parseProviders } = await load("lib/utils/providers.js");
const { getUserAndAccount } = await load("lib/actions/callback/oauth/callback.js");

async function load(file: string): Promise<any> {
  return import(/* @vite-ignore */ new URL(file, CORE).href);
}

async function shipped(): Promise<[string, Provider][]> {
  const found: [string, Provider][] = [];
  for (const file of readdirSync(new URL("providers/", CORE)).filter((name) => name.endsWith(".js"))) {
    const module = await load(`providers/${file}`).catch((error) => {
      // An e-mail or passkey provider, over a package of its own.
      if (error.code === "ERR_MODULE_NOT_FOUND") return {};
      throw error;
    });
    const made = typeof module.default === "function" ? module.default(CONFIG) : null;
    if (made?.type !== "oauth" && made?.type !== "oidc") continue;
    const config = { providers: [made], basePath: "/auth" };
    const { provider } = parseProviders({ url: new URL("https://app.example.com"), providerId: made.id, config });
    found.push([file, provider]);
  }
  return found;
}

const HANDED_ON = Symbol("what a member is when nobody made a text of it");

/** A profile that has every member anybody looks for: a text to whoever wants one, else an object. */
function madeUp(person: string, path: string[] = []): any {
  const text = textAt(person, path.join("."));
  return new Proxy(() => text, {
    get(_, key) {
      if (key === HANDED_ON) return text;
      if (key === "then" || key === "toJSON") return undefined;
      if (key === Symbol.toPrimitive || key === "toString") return () => text;
      if (key === "find") return () => madeUp(person, [...path, "0"]);
      if (key === "startsWith" || key === "toLowerCase") return text[key].bind(text);
      return madeUp(person, [...path, String(key)]);
    },
  });
}

function textAt(person: string, path: string): string {
  if (/mail|^login$|^user$/i.test(path)) return `${person}@example.com`;
  if (/prefix/.test(path)) return "https://pictures.example.com/";
  if (/avatar|pic|image|photo|icon|img|^profile$/i.test(path)) return `https://pictures.example.com/${person}.png`;
  return person;
}

/** What a provider hands on, with numbers for ids and names that it made no text of if `numbers`. */
function handedOn(member: any, numbers: boolean): any {
  if (typeof member !== "function") return member;
  const text = member[HANDED_ON];
  return numbers && /^\d+$/.test(text) ? Number(text) : text;
}

/** Sign somebody up as Auth.js does, and return what it is told. */
async function signUp(adapter: Required<Adapter>, provider: Provider, person: string, numbers: boolean) {
  const { fetch } = globalThis;
  // Microsoft's photos.
  globalThis.fetch = async () => new Response(new Uint8Array(1000));
  const { user, account } = await getUserAndAccount(
    madeUp(person),
    provider,
    { ...(numbers ? LOOSE_TOKENS : TOKENS) },
    { debug: console.debug, error: console.error },
  ).finally(() => {
    globalThis.fetch = fetch;
  });
  const profile = Object.fromEntries(
    Object.entries(user).map(([name, member]) => [name, handedOn(member, numbers)]),
  ) as unknown as AdapterUser;
  const { type, userId, provider: name, providerAccountId: handed, ...tokens } = account;
  const key = { provider: name as string, providerAccountId: handedOn(handed, numbers) as string };

  expect(await adapter.getUserByAccount(key)).toBeNull();
  const created = await adapter.createUser({ ...profile, emailVerified: null });
  const whole = { ...provider.account(tokens), ...key, type, userId: created.id } as AdapterAccount;
  const linked = await adapter.linkAccount(whole);
  return { key, created, linked, found: await adapter.getUserByAccount(key) };
}

/** What Auth.js sees of a user, apart from who it is and since when: a number for a name is its digits, no picture is none. */
function seen(user: AdapterUser | null, person: string) {
  const { name, image, email, emailVerified, id: _, createdAt: __, ...custom } = user as AdapterUser & {
    createdAt?: unknown;
  };
  const shown = {
    ...custom,
    email: email ?? null,
    emailVerified: emailVerified ?? null,
    name: name == null ? null : String(name),
    image: /^(https?:|data:image\/)/.test(image ?? "") ? image : null,
  };
  return JSON.parse(JSON.stringify(shown).replaceAll(person, "1"));
}

const providers = await shipped();
let ours: Required<Adapter>;
let theirs: Required<Adapter>;
let person = 1_000_000_000;

beforeAll(async () => {
  ours = await createAdapter();
  theirs = officialAdapter();
});

test("they are many", () => {
  expect(providers.length).toBeGreaterThan(85);
});

describe.each<[string, boolean]>([
  ["as the specifications say", false],
  ["with numbers and lists", true],
])("a profile and tokens %s", (_, numbers) => {
  test.each(providers)("of %s", async (__, provider) => {
    const [grace, ada] = [String(person++), String(person++)];
    const here = await signUp(ours, provider, grace, numbers);
    const there = await signUp(theirs, provider, ada, numbers);

    expect(seen(here.created, grace)).toEqual(seen(there.created, ada));
    expect(seen(here.found, grace)).toEqual(seen(there.found, ada));
    expect(here.found).toEqual(here.created);
    const { userId, ...linked } = here.linked as AdapterAccount;
    expect(userId).toBe(here.created.id);
    expect(JSON.parse(JSON.stringify(linked).replaceAll(grace, ada))).toEqual({
      ...JSON.parse(JSON.stringify(there.linked)),
      userId: undefined,
    });

    // Each reads what the other wrote.
    expect(seen(await theirs.getUserByAccount(here.key), grace)).toEqual(seen(here.found, grace));
    expect(seen(await ours.getUserByAccount(there.key), ada)).toEqual(seen(there.found, ada));
    const account = await ours.getAccount(here.key.providerAccountId, here.key.provider);
    expect(account).toMatchObject({ userId, providerAccountId: String(here.key.providerAccountId) });
  });
});
