// One user: everything that can be changed about them, and what a rejection looks like.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { ask, change, keyWith, newUser, SIZES, startBrowser, Visit } from "./visitor.mjs";

const DEVICES = {
  "Firefox on Linux": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Safari on iPhone":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
  "Edge on Windows":
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
};

let browser, visit, page, user;

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

beforeEach(async () => {
  user = await newUser("Ada", { emailVerified: "2026-01-31T12:00:00.000Z", attributes: { plan: "pro", seats: 12 } });
  visit = await Visit.begin(browser);
  ({ page } = visit);
});

afterEach(async () => {
  await visit.end();
});

const by = () => ({ userId: user.userId });
const section = (name) => page.getByRole("region", { name });
const fact = (label) => section("Profile").locator(".detail").filter({ has: page.getByText(label, { exact: true }) });

async function open(path = `/users/${user.userId}`) {
  await visit.open(path);
  await visit.settle();
}

async function signInEverywhere() {
  for (const [index, userAgent] of Object.values(DEVICES).entries()) {
    await change("createSession", { user: by(), userAgent, ipAddress: `192.0.2.${index + 1}` });
  }
}

async function link(provider) {
  await change("linkAccount", { user: by(), provider, providerAccountId: `${provider}-${user.userId}`, type: "oauth" });
}

async function stored(selection) {
  return (await ask(`query ($id: ID!) { user(by: { userId: $id }) { id ${selection} } }`, { id: user.userId })).user;
}

/** Answers the next mutation with this name as if the server had rejected it. */
async function rejectNext(operation, code, message) {
  let isDone = false;
  await page.route("**/graphql", async (route) => {
    if (isDone || route.request().postDataJSON().operationName !== operation) return route.fallback();
    isDone = true;
    return route.fulfill({ json: { data: { result: { __typename: "X", userErrors: [{ code, message, path: [] }] } } } });
  });
}

test("the profile is edited where it stands, and a taken address is refused at its field", async () => {
  const other = await newUser("Grace");
  await open();
  await page.getByRole("button", { name: "Edit name" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Ada King");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Ada King" }).waitFor();
  assert.equal((await stored("name")).name, "Ada King");

  await page.getByRole("button", { name: "Edit e-mail" }).click();
  const input = page.getByLabel("E-mail", { exact: true });
  await input.fill(other.email);
  await page.keyboard.press("Enter");
  const error = fact("E-mail").getByRole("alert");
  await error.waitFor();
  assert.equal(await input.getAttribute("aria-invalid"), "true");
  assert.ok((await input.getAttribute("aria-describedby")).includes(await error.getAttribute("id")));
  await visit.inspect("user-taken");
  await page.keyboard.press("Escape");
  await input.waitFor({ state: "detached" });
  assert.equal((await stored("email")).email, user.email);

  await section("Audit trail").getByText("Changed the user").first().waitFor();
  assert.deepEqual(visit.complaints, []);
});

test("the verified mark is set and taken away", async () => {
  await open();
  await page.getByRole("button", { name: "Mark as not verified" }).click();
  await page.getByRole("button", { name: "Mark as verified" }).waitFor();
  assert.equal((await stored("emailVerified")).emailVerified, null);
  await page.getByRole("button", { name: "Mark as verified" }).click();
  await page.getByRole("button", { name: "Mark as not verified" }).waitFor();
});

test("custom attributes are edited as JSON; only what was changed is sent", async () => {
  await open();
  await section("Custom attributes").getByRole("button", { name: "Edit" }).click();
  const editor = page.getByLabel("Attributes as JSON");
  await editor.fill("{ plan: pro }");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("This is not JSON").waitFor();
  await visit.inspect("user-attributes");
  await editor.fill('{ "plan": "free", "email": "x" }');
  await page.getByRole("button", { name: "Save" }).click();
  await section("Custom attributes").getByRole("alert").waitFor();
  const [request] = await Promise.all([
    page.waitForRequest((each) => each.postDataJSON()?.operationName === "UpdateUser"),
    editor.fill('{ "plan": "free", "city": "London" }').then(() => page.getByRole("button", { name: "Save" }).click()),
  ]);
  const { attributes, removeAttributes } = request.postDataJSON().variables.input;
  assert.deepEqual({ attributes, removeAttributes }, { attributes: { plan: "free", city: "London" }, removeAttributes: ["seats"] });
  await section("Custom attributes").getByText("London").waitFor();
  assert.deepEqual((await stored("attributes")).attributes, { plan: "free", city: "London" });
});

test("a session that is revoked goes at once, and comes back if that is refused", async () => {
  await signInEverywhere();
  await change("createSession", { user: by(), userAgent: DEVICES["Edge on Windows"], impersonator: "support@walk.example" });
  await open();
  const session = (name) => section("Sessions").getByRole("listitem").filter({ hasText: name });
  await session("Impersonated by support@walk.example").waitFor();
  await rejectNext("RevokeSession", "FORBIDDEN", "Not this one.");
  await session("Firefox on Linux").getByRole("button").click();
  await page.getByText("Not this one.").waitFor();
  await session("Firefox on Linux").waitFor();
  await session("Firefox on Linux").getByRole("button").click();
  await session("Firefox on Linux").waitFor({ state: "detached" });
  await page.getByText("The session is revoked: Firefox on Linux.").waitFor();
  assert.equal((await stored("sessions { nodes { id } }")).sessions.nodes.length, 3);

  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await section("Sessions").getByText("Signed in nowhere.").waitFor();
  assert.equal((await stored("sessions { nodes { id } }")).sessions.nodes.length, 0);
  assert.deepEqual(visit.complaints, []);
});

test("a user is disabled with a reason and until a time, and enabled again", async () => {
  await signInEverywhere();
  await open();
  await rejectNext("DisableUser", "INVALID", "Not now.");
  await page.getByRole("button", { name: "Disable …" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").getByText("Not now.").waitFor();
  await page.locator(".user-facts").getByText("Active", { exact: true }).waitFor();
  await visit.inspect("user-disable");
  await page.getByLabel("Reason").fill("Chargeback");
  await page.getByLabel("For how long").selectOption("For a week");
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("Chargeback").waitFor();
  await section("Sessions").getByText("Signed in nowhere.").waitFor();
  const { disabled } = await stored("disabled { reason until }");
  assert.equal(disabled.reason, "Chargeback");
  assert.ok(disabled.until);
  await page.getByRole("button", { name: "Enable" }).click();
  await page.locator(".user-facts").getByText("Active", { exact: true }).waitFor();
  await page.getByText("The user can sign in again.").waitFor();
  assert.equal((await stored("disabled { at }")).disabled, null);
  await section("Audit trail").getByText("Disabled the user").waitFor();
});

test("an account is unlinked, and the last way to sign in only if one insists", async () => {
  await link("github");
  await link("google");
  await change("updateUser", { by: by(), email: null });
  await open();
  for (const [provider, isLast] of [["GitHub", false], ["Google", true]]) {
    await section("Accounts").getByRole("button", { name: `Unlink ${provider}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
    if (isLast) {
      await page.getByLabel("Do it nevertheless").check();
      await visit.inspect("user-unlink");
      await page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
    }
    await section("Accounts").getByText(provider, { exact: true }).waitFor({ state: "detached" });
  }
  assert.deepEqual((await stored("accounts { nodes { id } }")).accounts.nodes, []);
});

test("a passkey is removed", async () => {
  const credentialId = Buffer.from(user.userId).toString("base64");
  await change("createAuthenticator", {
    user: by(),
    credentialId,
    providerAccountId: credentialId,
    credentialPublicKey: "pQECAyYgASFYIA==",
    counter: 1,
    deviceType: "MULTI_DEVICE",
    backedUp: true,
    transports: ["internal", "hybrid"],
  });
  await open();
  await section("Passkeys").getByRole("button", { name: /^Remove/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByLabel("Do it nevertheless").check();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await section("Passkeys").getByText("No passkey.").waitFor();
});

test("two users are merged, whichever stays", async () => {
  const other = await newUser("Mergeable");
  await link("github");
  await open();
  await page.getByRole("button", { name: "Merge …" }).click();
  await page.getByLabel("The other user").fill(other.email);
  await page.getByRole("dialog").getByRole("button", { name: other.name }).click();
  await page.getByRole("radio", { name: other.name }).check();
  await visit.inspect("user-merge");
  await page.getByRole("button", { name: `Merge and delete ${user.name}` }).click();
  await page.waitForURL(`**/users/${other.userId}`);
  await section("Accounts").getByText("GitHub", { exact: true }).waitFor();
  assert.equal(await stored("name"), null);
  assert.deepEqual(visit.complaints, []);
});

test("a user is deleted once their address is typed", async () => {
  await open();
  await page.getByRole("button", { name: "Delete …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("somebody@else.example");
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await dialog.getByRole("alert").waitFor();
  assert.ok(await stored("name"));
  await visit.inspect("user-delete");
  await dialog.getByRole("textbox").fill(user.email);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await page.waitForURL("**/console/users");
  await page.getByText(`${user.name} is deleted.`).waitFor();
  assert.equal(await stored("name"), null);
  await visit.open(`/users/${user.userId}`);
  await page.getByRole("heading", { name: "There is no such user" }).waitFor();
  await visit.inspect("user-none");
});

test("what a key may not do is not offered", async () => {
  await signInEverywhere();
  await visit.openWith(await keyWith("USERS_READ", "SESSIONS_READ"), `/users/${user.userId}`);
  await page.getByRole("heading", { level: 1, name: user.name }).waitFor();
  await section("Sessions").getByText("Firefox on Linux").waitFor();
  const offered = await page.locator("main").getByRole("button").allInnerTexts();
  assert.deepEqual(offered.filter(Boolean), []);
  for (const name of ["Accounts", "Passkeys", "Audit trail"]) assert.equal(await section(name).count(), 0);
  assert.deepEqual(await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts(), ["Users"]);
  await visit.inspect("user-read-only");
  assert.deepEqual(visit.complaints, []);
});

test("the audit trail shows older changes, and begins anew after a change", async () => {
  for (let times = 1; times <= 12; times++) await change("updateUser", { by: by(), name: `Name ${times}` });
  await open();
  const trail = section("Audit trail");
  const count = () => trail.getByRole("listitem").filter({ hasText: "by " }).count();
  assert.equal(await count(), 10);
  await trail.getByRole("button", { name: "Show older" }).click();
  await trail.getByText("Created the user").waitFor();
  assert.equal(await count(), 13);
  await page.getByRole("button", { name: "Mark as not verified" }).click();
  await trail.getByRole("button", { name: "Show older" }).click();
  await trail.getByText("Created the user").waitFor();
  assert.equal(await count(), 14);
});

test("a dialog about a user with a long name and address is not wider than the screen", async () => {
  const { userId } = await newUser("Longest", {
    name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2),
    email: `${crypto.randomUUID()}@${"a-department-with-a-long-name".repeat(2)}.walk.example`,
  });
  const other = await newUser("Shorter");
  await visit.open(`/users/${userId}`);
  const dialog = page.getByRole("dialog");
  async function fits(what) {
    for (const size of Object.values(SIZES)) {
      await page.setViewportSize(size);
      const overflow = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
      assert.ok(overflow <= 0, `${what} is ${overflow} pixels too wide on ${size.width}`);
    }
  }
  for (const name of ["Disable …", "Delete …", "Merge …"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await dialog.waitFor();
    await fits(name);
    if (name !== "Merge …") await page.keyboard.press("Escape");
  }
  await dialog.getByLabel("The other user").fill(other.userId);
  await dialog.getByRole("button", { name: other.name }).click();
  await dialog.getByRole("radio").last().check();
  await fits("what a merge does");
});

test("it is good to look at: wide, narrow and on a phone, light and dark", async () => {
  await signInEverywhere();
  await change("createSession", { user: by(), userAgent: DEVICES["Edge on Windows"], impersonator: "support@walk.example" });
  await link("github");
  await link("google");
  await open();
  await visit.inspect("user");
  assert.deepEqual(visit.complaints, []);
});
