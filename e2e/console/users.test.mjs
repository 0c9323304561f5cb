// The list of users: searching, listing and paging through 3,000 of them.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { ADMIN_KEY, ask, keyWith, newUser, startBrowser, Visit } from "./visitor.mjs";

const PAGE_SIZE = 25;

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

const rows = () => page.locator("tbody tr");
const names = () => page.locator("tbody .row-link").allInnerTexts();
const addresses = () => page.locator("tbody .email-text").allInnerTexts();
const search = () => page.getByRole("searchbox", { name: "Search users" });
const parameter = (name) => new URL(page.url()).searchParams.get(name);

async function listed() {
  await page.waitForFunction(() => document.querySelector("tbody tr") && !document.querySelector("[aria-busy]"));
}

async function filter(label, option) {
  const filters = page.getByRole("button", { name: /^Filters/ });
  if ((await filters.getAttribute("aria-expanded")) === "false") await filters.click();
  await page.getByLabel(label, { exact: true }).selectOption(option);
}

test("one signs in with a key, and a wrong one is refused", async () => {
  await visit.open("/users");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to the console" }).waitFor();
  await visit.inspect("sign-in");
  await page.getByLabel("API key").fill("not a key");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This is no API key").waitFor();
  await page.getByLabel("API key").fill("ag_wrong_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The key is not valid").waitFor();
  await page.getByLabel("API key").fill(ADMIN_KEY);
  await page.getByRole("button", { name: "Sign in" }).click();
  await listed();
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href]));
  assert.ok(!kept.includes(ADMIN_KEY));
});

test("a key is kept for the tab by choice, until one signs out", async () => {
  const key = await keyWith("USERS_READ");
  await visit.open("/users");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").fill(key);
  await page.getByLabel("Keep it until this tab is closed").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await listed();
  await page.reload();
  await page.getByText("Key with 1 scope").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes(key));
});

test("it goes through the users page by page, both ways, and each page has an address", async () => {
  await visit.open("/users?order=email");
  await listed();
  const first = await addresses();
  assert.equal(first.length, PAGE_SIZE);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: "First page" }).waitFor();
  await listed();
  const second = await addresses();
  assert.deepEqual([...first, ...second], [...first, ...second].sort());
  assert.equal(new Set([...first, ...second]).size, 2 * PAGE_SIZE);
  await page.reload();
  await listed();
  assert.deepEqual(await addresses(), second);
  await page.getByRole("button", { name: "Previous" }).click();
  await page.waitForURL(/before=/);
  await listed();
  assert.deepEqual(await addresses(), first);
  assert.deepEqual(visit.complaints, []);
});

test("it searches while one types", async () => {
  const user = await newUser("Zacharias");
  await visit.open("/users");
  await listed();
  await search().pressSequentially("zacharias wal", { delay: 20 });
  await page.waitForURL(/q=zacharias\+wal/);
  await page.getByRole("link", { name: user.name }).first().waitFor();
  await listed();
  assert.ok((await names()).every((name) => name.startsWith("Zacharias")));
  for (const text of [user.email, user.userId]) {
    await search().fill(text);
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    assert.deepEqual(await names(), [user.name]);
  }
  await search().press("Escape");
  await page.waitForURL((url) => !url.search.includes("q="));
  assert.deepEqual(visit.complaints, []);
});

test("it finds a user by an account", async () => {
  const { users } = await ask('{ users(first: 1, filter: { provider: "github" }) { nodes { name accounts(first: 1) { nodes { provider providerAccountId } } } } }');
  const [{ name, accounts }] = users.nodes;
  const [{ provider, providerAccountId }] = accounts.nodes;
  await visit.open(`/users?q=${encodeURIComponent(`${provider}:${providerAccountId}`)}`);
  await listed();
  assert.deepEqual(await names(), [name]);
});

test("what nobody types any more is not waited for", async () => {
  await visit.open("/users");
  await listed();
  const cancelled = [];
  page.on("requestfailed", (request) => cancelled.push(request.postDataJSON()?.variables?.filter?.search));
  await page.route("**/graphql", async (route) => {
    if (route.request().postDataJSON().variables.filter?.search === "slow") await new Promise((resolve) => setTimeout(resolve, 3000));
    await route.continue().catch(() => {});
  });
  await search().fill("slow");
  await page.waitForURL(/q=slow/);
  await search().fill("bruno");
  await page.waitForURL(/q=bruno/);
  await listed();
  assert.ok((await names()).every((name) => name.startsWith("Bruno")));
  assert.deepEqual(cancelled, ["slow"]);
});

test("orders and filters are in the address, and what cannot be combined is not offered", async () => {
  const user = await newUser("Aaron", { name: "  Aaron First" });
  await visit.open("/users");
  await listed();
  await page.getByLabel("Order").selectOption("Name, A to Z");
  await page.waitForURL(/order=name/);
  await listed();
  assert.ok((await names()).includes(user.name.trim()));
  await filter("State", "Disabled");
  await page.waitForURL(/disabled=yes/);
  await filter("E-mail", "Not verified");
  await page.waitForURL(/verified=no/);
  await visit.settle();
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.waitForURL((url) => !url.search.includes("disabled"));
  await page.getByLabel("Provider").fill("gitlab");
  await page.waitForURL(/provider=gitlab/);
  await listed();
  assert.ok(await page.getByLabel("Order").isDisabled());
  assert.ok(await page.getByLabel("Created from").isDisabled());
  assert.equal(await rows().locator("[title=GitLab]").count(), PAGE_SIZE);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  const today = await page.evaluate(() => new Intl.DateTimeFormat("sv").format(new Date()));
  await page.getByLabel("Created from").fill(today);
  await page.waitForURL(/from=/);
  await listed();
  await visit.inspect("users-filters");
  assert.deepEqual(visit.complaints, []);
});

test("the keyboard is enough", async () => {
  await visit.open("/users");
  await listed();
  await page.keyboard.press("/");
  assert.ok(await search().evaluate((input) => input === document.activeElement));
  await page.keyboard.press("ArrowDown");
  const shown = await names();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  assert.equal(await focused(), shown[0]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), shown[2]);
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(), shown.at(-2));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: shown.at(-2) }).waitFor();
  await page.goBack();
  await listed();
  assert.deepEqual(await names(), shown);
});

test("a user is created, and an address that is missing or taken is refused at its field", async () => {
  const other = await newUser("Taken");
  await visit.open("/users");
  await listed();
  await page.getByRole("button", { name: "New user" }).click();
  const dialog = page.getByRole("dialog");
  assert.ok(await dialog.getByLabel("E-mail", { exact: true }).evaluate((input) => input === document.activeElement));
  const create = () => dialog.getByRole("button", { name: "Create the user" }).click();
  await create();
  await dialog.getByText("Type an e-mail address").waitFor();
  await dialog.getByLabel("E-mail", { exact: true }).fill(other.email);
  await create();
  await dialog.getByText("Another user has this e-mail").waitFor();
  await visit.inspect("new-user");
  const email = `${crypto.randomUUID()}@walk.example`;
  await dialog.getByLabel("E-mail", { exact: true }).fill(email);
  await dialog.getByLabel("Name").fill("Newcomer Walker");
  await dialog.getByLabel("The e-mail address is verified").check();
  await create();
  await page.getByRole("heading", { name: "Newcomer Walker" }).waitFor();
  const { user } = await ask("query ($email: String!) { user(by: { email: $email }) { id name emailVerified } }", { email });
  assert.ok(user.emailVerified);
  assert.deepEqual(visit.complaints, []);
});

test("a key that may only read creates nobody", async () => {
  await visit.openWith(await keyWith("USERS_READ"), "/users");
  await listed();
  assert.equal(await page.getByRole("button", { name: "New user" }).count(), 0);
});

test("a name from right to left is cut at its end, and the whole one is shown on hover", async () => {
  const { name } = await newUser("Rtl", { name: "محمد عبد الرحمن الخوارزمي ".repeat(4).trim() });
  await visit.open("/users");
  const link = page.getByRole("link", { name }).first();
  assert.equal(await link.evaluate((element) => getComputedStyle(element).direction), "rtl");
  assert.equal(await link.getAttribute("title"), name);
});

test("nobody found, nothing reached: it says so, and goes on", async () => {
  await visit.open("/users?q=nobody-has-this-name");
  await page.getByRole("heading", { name: /Nobody is found/ }).waitFor();
  await visit.inspect("users-nobody");
  await page.getByRole("button", { name: "Look anywhere" }).click();
  await page.waitForURL(/anywhere=yes/);
  await page.getByText(/No match so far|No user matches/).waitFor();
  assert.deepEqual(visit.complaints, []);
  for (const operation of ["Caller", "Users"]) {
    let isAway = true;
    await page.route("**/graphql", (route) =>
      isAway && route.request().postDataJSON().operationName === operation ? route.abort() : route.fallback(),
    );
    await visit.open("/users");
    await page.getByRole("heading", { name: "The server was not reached" }).waitFor();
    await visit.inspect(`${operation.toLowerCase()}-unreachable`);
    isAway = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await listed();
  }
});

test("a list that cannot be read says why, and how to go on", async () => {
  await visit.open("/users?after=nonsense");
  await page.getByRole("heading", { name: "This page of the list is gone" }).waitFor();
  await visit.inspect("users-error");
  await page.getByRole("button", { name: "First page" }).click();
  await listed();
});

test("while the rate limit is used up it waits, says for how long, and goes on by itself", async () => {
  await visit.open("/users");
  await listed();
  let refused = 0;
  await page.route("**/graphql", async (route) => {
    if (refused++) return route.continue();
    const error = { message: "The limit is used up.", extensions: { code: "THROTTLED", retryAfter: 3 } };
    return route.fulfill({ status: 429, headers: { "retry-after": "3" }, json: { errors: [error] } });
  });
  await search().fill("bruno");
  await page.getByText("The rate limit of this key is used up.").waitFor();
  await page.getByText(/in [123] seconds?\./).waitFor();
  await visit.picture("users-waiting");
  await page.getByText("The rate limit of this key is used up.").waitFor({ state: "detached" });
  await listed();
  assert.ok((await names()).every((name) => name.startsWith("Bruno")));
});

test("it is good to look at: wide, narrow and on a phone, light and dark, with long names", async () => {
  await newUser("Long", {
    name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft von und zu Lothringen",
    email: `an.address.that.is.longer.than.usual.${crypto.randomUUID()}@a-department-with-a-long-name.walk.example`,
  });
  await visit.open("/users");
  await listed();
  await visit.inspect("users");
  await page.getByRole("button", { name: "Colours: system" }).click();
  await page.getByRole("button", { name: "Colours: light" }).click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.deepEqual(visit.complaints, []);
});

test("an address that is none says so", async () => {
  await page.goto(new URL("/console/nowhere", process.env.AUTHGRAPH_URL).href);
  await page.getByRole("heading", { name: "There is no such view" }).waitFor();
  await visit.inspect("nowhere");
});
