// The page in headless Chromium, as built, in front of a running server.
//
// AUTHGRAPH_URL and AUTHGRAPH_ADMIN_KEY name the server, CHROMIUM the browser, SCREENSHOTS a folder for pictures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { chromium } from "playwright-core";
import { createLogger, preview, resolveConfig } from "vite";

const { AUTHGRAPH_URL, AUTHGRAPH_ADMIN_KEY, CHROMIUM = "/usr/bin/chromium", SCREENSHOTS } = process.env;
process.env.AUTHGRAPH_ORIGIN = new URL(AUTHGRAPH_URL).origin;
process.env.AUTHGRAPH_API_KEY = AUTHGRAPH_ADMIN_KEY;
const ROOT = new URL("..", import.meta.url);

const MONTH = 30 * 24 * 3600 * 1000;
const DEVICES = ["Firefox on Linux", "Safari on iPhone", "Chrome on Windows"];

let browser, site, address, context, page, person, complaints;
/** What the app in app/ has printed. */
const printed = [];
const customLogger = { ...createLogger("warn"), info: (line) => printed.push(line) };

async function ask(query, variables) {
  const response = await fetch(AUTHGRAPH_URL, {
    method: "POST",
    headers: { authorization: `Bearer ${AUTHGRAPH_ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** A person with two accounts who is signed in on three devices; returns the tokens of their sessions. */
async function signUp() {
  const name = `ada-${crypto.randomUUID().slice(0, 8)}`;
  const { registerUser } = await ask(
    `mutation ($input: RegisterUserInput!) {
      registerUser(input: $input) { user { userId } userErrors { message } }
    }`,
    {
      input: {
        user: { name: "Ada Lovelace", email: `${name}@example.com`, emailVerified: "2026-01-31T12:00:00.000Z" },
        account: { provider: "github", providerAccountId: name, type: "oauth" },
      },
    },
  );
  assert.deepEqual(registerUser.userErrors, []);
  const user = registerUser.user.userId;
  await ask("mutation ($input: LinkAccountInput!) { linkAccount(input: $input) { userErrors { message } } }", {
    input: { user: { userId: user }, provider: "google", providerAccountId: name, type: "oidc" },
  });
  const tokens = [];
  for (const [index, device] of DEVICES.entries()) {
    const expires = new Date(Date.now() + MONTH - index * 3600 * 1000).toISOString();
    const { createSession } = await ask(
      "mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { token } } }",
      { input: { user: { userId: user }, expires, attributes: { device } } },
    );
    tokens.push(createSession.session.token);
  }
  return { user, email: `${name}@example.com`, tokens };
}

async function isSignedIn(sessionToken) {
  const query = "query ($sessionToken: String!) { session(by: { sessionToken: $sessionToken }) { id } }";
  return (await ask(query, { sessionToken })).session !== null;
}

async function signedIn() {
  return Promise.all(person.tokens.map(isSignedIn));
}

async function picture(name) {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

const row = (device) => page.getByRole("listitem").filter({ hasText: device });

before(async () => {
  site = await preview({ root: ROOT.pathname, preview: { port: 0 }, customLogger });
  address = site.resolvedUrls.local[0];
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--disable-quic",
    ],
  });
});

after(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  await context?.close();
  person = await signUp();
  context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  await context.addCookies([
    { name: "authjs.session-token", value: person.tokens[0], url: address, httpOnly: true, sameSite: "Lax" },
  ]);
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(address);
  await page.getByRole("heading", { name: "Your account" }).waitFor();
});

test("it shows the profile, the linked accounts and the sessions", async () => {
  await page.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
  await page.getByText(person.email).waitFor();
  await page.getByText("verified", { exact: true }).waitFor();
  await row("GitHub").waitFor();
  await row("Google").waitFor();
  for (const device of DEVICES) await row(device).waitFor();
  assert.match(await row(DEVICES[0]).innerText(), /this device/);
  assert.equal(await page.getByText("this device", { exact: true }).count(), 1);
  await row("Signed up").waitFor();
  assert.equal(await row("Signed in").count(), DEVICES.length);
  await picture("account");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("account-dark");
  await page.setViewportSize({ width: 380, height: 800 });
  await picture("account-narrow");
  assert.deepEqual(complaints, []);
});

test("another device is signed out", async () => {
  await row(DEVICES[1]).getByRole("button", { name: "Sign out" }).click();
  await row(DEVICES[1]).waitFor({ state: "detached" });
  assert.deepEqual(await signedIn(), [true, false, true]);
  assert.deepEqual(complaints, []);
});

test("every other device is signed out", async () => {
  const button = page.getByRole("button", { name: "Sign out everywhere else" });
  await button.click();
  await button.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("button").count(), 1);
  assert.deepEqual(await signedIn(), [true, false, false]);
  assert.deepEqual(complaints, []);
});

test("this device is signed out", async () => {
  await page.getByRole("button", { name: "Sign out this device" }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await picture("signed-out");
  assert.deepEqual(await signedIn(), [false, true, true]);
});

test("a stranger signs in through the app, and comes back to the page", async () => {
  await context.clearCookies();
  await page.reload();
  await page.getByRole("link", { name: "Sign in" }).click();
  const email = `grace-${crypto.randomUUID().slice(0, 8)}@example.com`;
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Sign in with E-mail" }).click();
  await page.waitForURL("**/verify-request**");
  const [, link] = new RegExp(`^Sign in as ${email}: (\\S+)$`).exec(printed.at(-1));
  await page.goto(link);
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  assert.equal(page.url(), address);
  await page.getByRole("heading", { name: email }).waitFor();
  await page.getByText("this device", { exact: true }).waitFor();
  await page.getByText("None. You sign in with a link that is sent to you.").waitFor();
});

test("it is served where the README says, or not at all", async () => {
  const { server } = await resolveConfig({ root: ROOT.pathname }, "serve");
  const readme = readFileSync(new URL("README.md", ROOT), "utf8");
  assert.match(readme, new RegExp(`the page on http://${server.host}:${server.port}\n`));
  assert.ok(server.strictPort);
});

test("with AUTH_APP it leads to the routes of that app", async () => {
  process.env.AUTH_APP = "http://localhost:3000/api/auth";
  try {
    const { define, plugins, server } = await resolveConfig({ root: ROOT.pathname }, "serve");
    assert.equal(define.AUTH_PATH, '"/api/auth"');
    assert.deepEqual(server.proxy["/api/auth"], { target: "http://localhost:3000", changeOrigin: false });
    assert.ok(!plugins.some(({ name }) => name === "sign-in"));
  } finally {
    delete process.env.AUTH_APP;
  }
});
