// People sign in to an Auth.js app whose data is in authgraph: by magic link and at an OpenID Connect provider.

import { Auth, type AuthConfig } from "@auth/core";
import type { Provider } from "@auth/core/providers";
import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { allowSignIn, type AuthGraphError } from "@authgraph/adapter";
import { ask, createAdapter, officialAdapter, unique, uniqueEmail } from "./server.js";

const APP = "http://app.localhost";

const identities = new OAuth2Server();
const mails: { to: string; link: string }[] = [];
let config: AuthConfig;

beforeAll(async () => {
  await identities.issuer.keys.generate("RS256");
  await identities.start(0, "127.0.0.1");
  const mail: Provider = {
    id: "email",
    type: "email",
    name: "E-mail",
    from: "app@example.com",
    maxAge: 3600,
    sendVerificationRequest: ({ identifier, url }) => {
      mails.push({ to: identifier, link: url });
    },
  };
  const directory: Provider = {
    id: "directory",
    type: "oidc",
    name: "Directory",
    issuer: identities.issuer.url!,
    clientId: "app",
    clientSecret: "a secret of the app",
  };
  config = {
    adapter: await createAdapter(),
    providers: [mail, directory],
    session: { strategy: "database" },
    secret: "a secret that signs the cookies of this app",
    basePath: "/auth",
    trustHost: true,
    // Auth.js's default shows no id to the page.
    callbacks: { session: ({ session, user }) => ({ ...session, user: { ...session.user, id: user.id } }) },
    logger: { error: (error) => failures.push(error), warn: () => {} },
  };
});

const failures: Error[] = [];

afterAll(() => identities.stop());

/** A browser as far as Auth.js is concerned: it keeps cookies and is told where to go. */
class Browser {
  readonly cookies = new Map<string, string>();

  /** The app's configuration may differ from the one of most tests. */
  constructor(readonly settings: Partial<AuthConfig> = {}) {}

  async get(path: string): Promise<Response> {
    return this.#request(new Request(new URL(path, APP)));
  }

  async post(path: string, fields: Record<string, string> = {}): Promise<Response> {
    const { csrfToken } = (await (await this.get("/auth/csrf")).json()) as { csrfToken: string };
    const body = new URLSearchParams({ csrfToken, callbackUrl: `${APP}/home`, ...fields });
    return this.#request(new Request(new URL(path, APP), { method: "POST", body }));
  }

  async session(): Promise<{ user: { id: string; email: string; name?: string }; expires: string } | null> {
    return (await this.get("/auth/session")).json() as never;
  }

  /** Ask for a link, and follow it. */
  async signInByMail(email: string): Promise<Response> {
    const asked = await this.post("/auth/signin/email", { email });
    expect(asked.headers.get("location")).toContain("/auth/verify-request");
    const mail = mails.pop();
    expect(mail?.to).toBe(email);
    return this.get(mail!.link);
  }

  /** Go to the provider, be the person it says, and come back. */
  async signInAtDirectory(claims: { sub: string; email: string; name: string }): Promise<Response> {
    identities.service.on("beforeTokenSigning", (token) => Object.assign(token.payload, claims));
    const leaving = await this.post("/auth/signin/directory");
    const returning = await fetch(leaving.headers.get("location")!, { redirect: "manual" });
    const arrived = await this.get(returning.headers.get("location")!);
    identities.service.removeAllListeners("beforeTokenSigning");
    return arrived;
  }

  get sessionToken(): string {
    return this.cookies.get("authjs.session-token")!;
  }

  async #request(request: Request): Promise<Response> {
    request.headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await Auth(request, { ...config, ...this.settings });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    return response;
  }
}

const ACCOUNTS_AND_SESSIONS = `query ($email: String!) {
  user(by: { email: $email }) {
    userId name email emailVerified
    accounts { nodes { provider providerAccountId type scope tokens { accessToken idToken } } }
    sessions { nodes { expires token } }
  }
}`;

test("a person signs up by magic link, links an account, signs in with it and signs out", async () => {
  const email = uniqueEmail();
  const sub = unique("subject");

  const laptop = new Browser();
  const arrived = await laptop.signInByMail(email);
  expect(arrived.headers.get("location")).toBe(`${APP}/home`);
  const session = await laptop.session();
  expect(session?.user.email).toBe(email);
  const { user } = await ask(ACCOUNTS_AND_SESSIONS, { email });
  expect(user).toMatchObject({ userId: session?.user.id, email, accounts: { nodes: [] } });
  expect(Date.now() - Date.parse(user.emailVerified)).toBeLessThan(60_000);
  expect(user.sessions.nodes).toHaveLength(1);
  expect(user.sessions.nodes[0].token).toBe(laptop.sessionToken);

  const phone = new Browser();
  await phone.signInByMail(email);
  expect((await phone.session())?.user.id).toBe(user.userId);
  expect((await ask(ACCOUNTS_AND_SESSIONS, { email })).user.sessions.nodes).toHaveLength(2);

  // Linking changes who may sign in, not who is signed in, and not what is known of them.
  await laptop.signInAtDirectory({ sub, email, name: "Ada at the directory" });
  expect(await laptop.session()).toMatchObject({ user: { id: user.userId } });
  const linked = (await ask(ACCOUNTS_AND_SESSIONS, { email })).user;
  expect(linked.accounts.nodes).toHaveLength(1);
  expect(linked.accounts.nodes[0]).toMatchObject({ provider: "directory", providerAccountId: sub, type: "oidc" });
  expect(linked.accounts.nodes[0].tokens.accessToken).toMatch(/^ey/);
  expect(linked.accounts.nodes[0].tokens.idToken).toMatch(/^ey/);
  expect(linked.sessions.nodes).toHaveLength(2);

  const tablet = new Browser();
  await tablet.signInAtDirectory({ sub, email, name: "Ada at the directory" });
  expect((await tablet.session())?.user.id).toBe(user.userId);
  const viewer = await ask("{ viewer { user { userId } session { current } } }", {}, tablet.sessionToken);
  expect(viewer).toEqual({ viewer: { user: { userId: user.userId }, session: { current: true } } });

  const token = tablet.sessionToken;
  await tablet.post("/auth/signout");
  expect(await tablet.session()).toBeNull();
  expect(await config.adapter!.getSessionAndUser!(token)).toBeNull();
  expect((await laptop.session())?.user.id).toBe(user.userId);
  expect(failures).toEqual([]);
});

test("a person signs up at a provider", async () => {
  const [email, sub] = [uniqueEmail(), unique("subject")];
  const browser = new Browser();
  await browser.signInAtDirectory({ sub, email, name: "Grace" });
  expect(await browser.session()).toMatchObject({ user: { email, name: "Grace" } });
  const { user } = await ask(ACCOUNTS_AND_SESSIONS, { email });
  expect(user).toMatchObject({ name: "Grace", emailVerified: null, accounts: { nodes: [{ providerAccountId: sub }] } });
  expect(failures).toEqual([]);
});

test("a link works once", async () => {
  const email = uniqueEmail();
  const browser = new Browser();
  await browser.post("/auth/signin/email", { email });
  const { link } = mails.pop()!;
  await browser.get(link);
  const again = await new Browser().get(link);
  expect(again.headers.get("location")).toContain("error=Verification");
  expect(failures.splice(0).map(({ name }) => name)).toEqual(["Verification"]);
});

test("a visit extends the session", async () => {
  const browser = new Browser({ session: { strategy: "database", maxAge: 60 } });
  await browser.signInByMail(uniqueEmail());
  const { expires } = (await browser.session())!;
  const later = new Browser({ session: { strategy: "database", maxAge: 7200, updateAge: 0 } });
  later.cookies.set("authjs.session-token", browser.sessionToken);
  await later.session();
  const stored = await config.adapter!.getSessionAndUser!(browser.sessionToken);
  expect(stored!.session.expires.getTime()).toBeGreaterThan(Date.parse(expires) + 3_600_000);
  expect(failures).toEqual([]);
});

test("a person who was disabled is not signed in", async () => {
  const email = uniqueEmail();
  const browser = new Browser();
  await browser.signInByMail(email);
  const user = (await browser.session())!.user.id;
  await ask("mutation ($user: ID!) { disableUser(input: { by: { userId: $user } }) { userErrors { code } } }", { user });
  expect(await browser.session()).toBeNull();
  const refused = await new Browser().signInByMail(email);
  expect(refused.headers.get("location")).toContain("/auth/error?error=Configuration");
  // Auth.js logs what the adapter threw where it happened, and again as the cause of the page it shows.
  const codes = failures.splice(0).map(({ cause }) => (cause as { err: AuthGraphError }).err.code);
  expect(new Set(codes)).toEqual(new Set(["DISABLED"]));
});

describe.each(["database", "jwt"] as const)("with `allowSignIn` and %s sessions", (strategy) => {
  const settings: Partial<AuthConfig> = { session: { strategy }, callbacks: { signIn: allowSignIn } };
  const disable = "mutation ($user: ID!, $until: DateTime) { disableUser(input: { by: { userId: $user }, until: $until }) { userErrors { code } } }";

  /** Somebody with an account at the directory. */
  async function signedUp() {
    const claims = { sub: unique("subject"), email: uniqueEmail(), name: "Ada" };
    const arrived = await new Browser(settings).signInAtDirectory(claims);
    expect(arrived.headers.get("location")).toBe(`${APP}/home`);
    const { user } = await ask(ACCOUNTS_AND_SESSIONS, { email: claims.email });
    return { claims, user: user.userId as string };
  }

  function expectDenied(response: Response) {
    expect(response.headers.get("location")).toContain("/auth/error?error=AccessDenied");
    expect(failures.splice(0).map(({ name }) => name)).toEqual(["AccessDenied"]);
  }

  test("a person who was disabled is denied access, wherever they sign in", async () => {
    const { claims, user } = await signedUp();
    const asked = new Browser(settings);
    await asked.post("/auth/signin/email", { email: claims.email });
    await ask(disable, { user });

    expectDenied(await new Browser(settings).signInAtDirectory(claims));
    expectDenied(await asked.get(mails.pop()!.link));
    expectDenied(await new Browser(settings).post("/auth/signin/email", { email: claims.email }));
    expect(mails).toEqual([]);
  });

  test("a person who was enabled again signs in", async () => {
    const { claims, user } = await signedUp();
    await ask(disable, { user, until: "2999-01-01T00:00:00.000Z" });
    expectDenied(await new Browser(settings).signInAtDirectory(claims));
    await ask("mutation ($user: ID!) { enableUser(input: { by: { userId: $user } }) { userErrors { code } } }", { user });
    const browser = new Browser(settings);
    await browser.signInAtDirectory(claims);
    expect((await browser.session())?.user.email).toBe(claims.email);
    expect(failures).toEqual([]);
  });
});

test("the adapter for DynamoDB reads what was written, and is read", async () => {
  const [email, sub] = [uniqueEmail(), unique("subject")];
  const browser = new Browser();
  await browser.signInByMail(email);
  await browser.signInAtDirectory({ sub, email, name: "Ada" });
  const ours = config.adapter!;
  const official = officialAdapter();

  const user = await official.getUserByEmail!(email);
  expect(await ours.getUserByEmail!(email)).toEqual({ name: null, image: null, ...user });
  const account = { provider: "directory", providerAccountId: sub };
  expect(await official.getUserByAccount!(account)).toEqual(user);
  expect(await ours.getUserByAccount!(account)).toEqual({ name: null, image: null, ...user });
  const signedIn = await official.getSessionAndUser!(browser.sessionToken);
  // The `id` shows authgraph that a repeated request has created this session already.
  // The official adapter returns whatever is stored.
  const { id, lastSeenAt, ...session } = signedIn!.session as { id?: unknown; lastSeenAt?: unknown };
  expect(typeof id).toBe("string");
  expect(lastSeenAt).toBeInstanceOf(Date);
  expect({ session, user }).toEqual({ session: (await ours.getSessionAndUser!(browser.sessionToken))?.session, user });

  const extended = new Date(signedIn!.session.expires.getTime() + 60_000);
  await official.updateSession!({ sessionToken: browser.sessionToken, expires: extended });
  expect((await ours.getSessionAndUser!(browser.sessionToken))?.session.expires).toEqual(extended);
  const since = new Date("2020-02-29T00:00:00.000Z");
  await official.updateUser!({ id: user!.id, name: "Ada", ...{ since, role: "editor" } });
  expect(await ours.getUser!(user!.id)).toMatchObject({ name: "Ada", since, role: "editor" });
  await ours.deleteUser!(user!.id);
  expect(await official.getUser!(user!.id)).toBeNull();
  expect(await official.getSessionAndUser!(browser.sessionToken)).toBeNull();
});
