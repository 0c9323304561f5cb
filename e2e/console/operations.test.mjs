// API keys, the audit log and health: what operators do at the console.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { ADMIN_KEY, ask, change, keyWith, newUser, startBrowser, Visit } from "./visitor.mjs";

const SECRET = /^ag_[0-9a-f]{16}_[0-9a-f]{64}$/;

let browser, visit, page;

before(async () => {
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
});

beforeEach(async () => {
  visit = await Visit.begin(browser);
  ({ page } = visit);
});

afterEach(async () => {
  await visit.end();
});

const row = (text) => page.locator("tbody tr").filter({ hasText: text });
const dialog = () => page.getByRole("dialog");
const uniqueName = (name) => `${name} ${crypto.randomUUID().slice(0, 8)}`;

/** Everything that a browser keeps, and everything that the page has in its address. */
function kept() {
  return page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href, history.state]));
}

/** Makes a key at the console, and returns it. */
async function makeKey(name, ...scopes) {
  await page.getByRole("button", { name: "New key" }).click();
  await dialog().getByLabel("Name").fill(name);
  for (const scope of scopes) await dialog().getByRole("checkbox", { name: scope }).check();
  await dialog().getByRole("button", { name: "Make the key" }).click();
  await dialog().getByText("it is shown only once").waitFor();
  return dialog().getByLabel("API key").inputValue();
}

test("a key is made, shown once, used with less than an administrator sees, and revoked", async () => {
  const name = uniqueName("Support");
  await visit.open("/keys");
  await visit.settle();
  const secret = await makeKey(name, "users:read", "audit:read");
  assert.match(secret, SECRET);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog().getByRole("button", { name: "Copy" }).click();
  await dialog().getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await dialog().getByRole("button", { name: "Done" }).click();
  await row(name).waitFor();
  await row(name).getByText("users:read").waitFor();
  await row(name).getByText("Never", { exact: true }).waitFor();
  assert.ok(!(await page.content()).includes(secret));
  assert.ok(!(await kept()).includes(secret));

  const other = await Visit.begin(browser);
  await other.openWith(secret, "/users");
  await other.settle();
  const views = await other.page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts();
  assert.deepEqual(views.map((view) => view.trim()), ["Users", "Audit log"]);
  await other.page.locator("tbody .row-link").first().click();
  await other.settle();
  assert.equal(await other.page.getByRole("button", { name: /Disable|Delete|Edit/ }).count(), 0);
  await other.end();

  await page.reload();
  await row(name).getByRole("button", { name: `Revoke ${name}` }).click();
  await dialog().getByText("It was last used").waitFor();
  await dialog().getByRole("button", { name: "Revoke the key" }).click();
  await row(name).waitFor({ state: "detached" });
  await page.getByLabel("Show revoked and expired keys").check();
  await row(name).getByText("Revoked").waitFor();

  const refused = await Visit.begin(browser);
  await refused.open("/users");
  await refused.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await refused.page.getByLabel("API key").fill(secret);
  await refused.page.getByRole("button", { name: "Sign in" }).click();
  await refused.page.getByText("The key is not valid").waitFor();
  await refused.end();
  assert.deepEqual(visit.complaints, []);
});

test("a key without a name or a scope is not made, and what is wrong stands at its field", async () => {
  await visit.open("/keys");
  await page.getByRole("button", { name: "New key" }).click();
  await dialog().getByRole("button", { name: "Make the key" }).click();
  await dialog().getByText("Say who will use the key.").waitFor();
  await dialog().getByText("Choose at least one scope.").waitFor();
  assert.equal(await dialog().getByLabel("Name").getAttribute("aria-invalid"), "true");
  await visit.inspect("keys-new");
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
  assert.deepEqual(visit.complaints, []);
});

test("a key that was not copied is not lost by one Escape", async () => {
  await visit.open("/keys");
  await makeKey(uniqueName("Careful"), "users:read");
  await visit.inspect("keys-made");
  await page.keyboard.press("Escape");
  await dialog().getByText("You have not copied the key.").waitFor();
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("the list of keys is good to look at", async () => {
  await change("createApiKey", {
    name: "A program with a name that is far longer than what the designer of this table has ever thought of",
    scopes: ["ADAPTER", "AUDIT_READ", "SECRETS_READ", "USERS_IMPERSONATE"],
    expires: "2030-01-31T12:00:00.000Z",
  });
  await change("createApiKey", { name: "all-in-one-word-without-any-space-".repeat(4), scopes: ["ADMIN"] });
  await visit.open("/keys?show=all");
  await visit.settle();
  await visit.inspect("keys");
  assert.deepEqual(visit.complaints, []);
});

test("the audit log says who did what, and each entry leads on", async () => {
  const user = await newUser("Grace");
  await change("updateUser", { by: { userId: user.userId }, name: "Grace Hopper", attributes: { plan: "pro" } });
  await change("disableUser", { by: { userId: user.userId }, reason: "a test" });
  await change("createSession", { user: { userId: (await newUser("Other")).userId }, impersonator: "support@walk.example" });
  await visit.open("/audit");
  await visit.settle();
  await row("Grace Hopper").first().waitFor();
  await visit.inspect("audit");
  const entry = row("Grace Hopper").filter({ hasText: "Disabled the user" });
  await entry.getByText("Administrator key").waitFor();
  await entry.getByRole("link", { name: "Grace Hopper" }).click();
  await page.getByRole("heading", { level: 1, name: "Grace Hopper" }).waitFor();
  await page.goBack();

  await page.getByLabel("User", { exact: true }).fill(user.email);
  await page.waitForURL(/user=/);
  await visit.settle();
  await row("Other").waitFor({ state: "detached" });
  assert.equal(await page.locator("tbody tr").count(), 3);
  await page.getByLabel("Action").selectOption("updateUser");
  await page.waitForURL(/action=updateUser/);
  await visit.settle();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await row("name, plan").waitFor();
  await page.reload();
  await row("name, plan").waitFor();
  await visit.settle();
  assert.equal(await page.getByLabel("Action").inputValue(), "updateUser");
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByLabel("To", { exact: true }).fill("2001-01-01");
  await page.getByRole("heading", { name: "No event matches" }).waitFor();
  await visit.inspect("audit-nothing");
  await page.getByRole("button", { name: "Clear all conditions" }).click();
  await row("Grace Hopper").first().waitFor();
  assert.deepEqual(visit.complaints, []);
});

test("the audit log of one key and of one person", async () => {
  const name = uniqueName("Deploy");
  const key = await change("createApiKey", { name, scopes: ["USERS_WRITE", "USERS_READ"] }, "secret");
  const id = crypto.randomUUID();
  await ask(`mutation { createUser(input: {userId: "${id}", name: "Made by a key"}) { user { id } } }`, {}, key.secret);
  await visit.open("/audit");
  await visit.settle();
  await page.getByLabel("Made by").selectOption(name);
  await page.waitForURL(/actor=key/);
  await visit.settle();
  await row("Made by a key").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByLabel("Made by").selectOption("A person …");
  await page.getByRole("heading", { name: "Which person?" }).waitFor();
  await page.getByLabel("Id of the person").fill("nobody");
  await page.getByRole("heading", { name: "No event matches" }).waitFor();
  assert.deepEqual(visit.complaints, []);
});

test("it goes through the audit log page by page, and back", async () => {
  const users = Array.from({ length: 60 }, (_, index) => ({ name: `Walker ${index}` }));
  await change("createUsers", { users });
  await visit.open("/audit");
  await visit.settle();
  const first = await page.locator("tbody").innerText();
  await page.getByRole("button", { name: "Next" }).click();
  await page.waitForURL(/after=/);
  await page.getByRole("button", { name: "First page" }).waitFor();
  await visit.settle();
  assert.notEqual(await page.locator("tbody").innerText(), first);
  await page.getByRole("button", { name: "Previous" }).click();
  await page.waitForURL((url) => !url.search.includes("after"));
  await visit.settle();
  assert.deepEqual(visit.complaints, []);
});

test("a key without users:read sees ids in the audit log, and no link that it may not follow", async () => {
  const user = await newUser("Hidden");
  await visit.openWith(await keyWith("AUDIT_READ"), "/users");
  await page.getByRole("link", { name: "Audit log" }).click();
  await row(user.userId).waitFor();
  assert.equal(await page.getByText(user.name).count(), 0);
  await row(user.userId).getByRole("link", { name: user.userId }).click();
  await page.waitForURL(/audit\?user=/);
  assert.deepEqual(visit.complaints, []);
});

test("health shows the table, what the doctor has found, the lists, and the last days as a chart", async () => {
  await visit.open("/health");
  await visit.settle();
  await page.getByRole("region", { name: "Table", exact: true }).getByText("Deleted by DynamoDB").waitFor();
  await page.getByRole("region", { name: "Doctor" }).waitFor();
  await page.getByRole("region", { name: "Directory" }).waitFor();
  const chart = page.getByRole("img", { name: /^Sign-ups: / });
  await chart.waitFor();
  const { signUps } = await ask("{ signUps(days: 30) { days { count } } }");
  const total = signUps.days.reduce((sum, { count }) => sum + count, 0);
  assert.match(await chart.getAttribute("aria-label"), new RegExp(`^Sign-ups: ${total.toLocaleString("en")} sign-ups`));
  await page.getByText("Sign-ups as a table").click();
  assert.equal(await page.getByRole("region", { name: "Sign-ups by day" }).locator("tbody tr").count(), 30);
  await page.getByText("Sign-ups as a table").click();
  await visit.inspect("health");
  await page.getByLabel("Days", { exact: true }).selectOption("Last 90 days");
  await page.waitForURL(/days=90/);
  await visit.settle();
  await visit.picture("health-90");
  assert.deepEqual(visit.complaints, []);
});

test("health without the scopes of users and of the log says less", async () => {
  await visit.openWith(await keyWith("HEALTH_READ"), "/users");
  await page.getByRole("link", { name: "Health" }).click();
  await page.getByRole("region", { name: "Table", exact: true }).waitFor();
  await visit.settle();
  assert.equal(await page.getByRole("region", { name: "Activity" }).count(), 0);
  assert.equal(await page.getByRole("region", { name: "Directory" }).count(), 0);
  assert.deepEqual(visit.complaints, []);
});

test("what is not reached says so in each view, and goes on", async () => {
  for (const [view, shown] of [
    ["keys", "table"],
    ["audit", "table"],
    ["health", "table-state"],
  ]) {
    await visit.open(`/${view}`);
    await visit.settle();
    await page.route("**/graphql", (route) => (route.request().postData().includes("Caller") ? route.continue() : route.abort()));
    await visit.open(`/${view}`);
    await page.getByRole("heading", { name: "The server was not reached" }).first().waitFor();
    await visit.picture(`${view}-error`);
    await page.unroute("**/graphql");
    // A button goes away when it is pressed.
    const again = page.getByRole("button", { name: "Try again" });
    for (let left = 10; left > 0 && (await again.count()) > 0; left -= 1) await again.first().click({ timeout: 2000 }).catch(() => {});
    await page.locator(`main ${shown === "table" ? "table" : ".table-state"}`).first().waitFor();
  }
});

test("nothing secret is in the history, in the storage or in the addresses that were asked for", async () => {
  const addresses = [];
  page.on("request", (request) => addresses.push(request.url()));
  for (const view of ["users", "keys", "audit", "health"]) {
    await visit.open(`/${view}`);
    await visit.settle();
  }
  assert.ok(!(await kept()).includes(ADMIN_KEY));
  assert.ok(!addresses.join().includes(ADMIN_KEY));
  assert.deepEqual([...new Set(addresses.map((address) => new URL(address).origin))], [new URL(process.env.AUTHGRAPH_URL).origin]);
  assert.deepEqual(visit.complaints, []);
});
