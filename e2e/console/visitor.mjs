// Somebody at the console in headless Chromium: what all walks share.
//
// AUTHGRAPH_URL and AUTHGRAPH_ADMIN_KEY name the server, CHROMIUM the browser, SCREENSHOTS a folder for pictures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const { AUTHGRAPH_URL, AUTHGRAPH_ADMIN_KEY, CHROMIUM = "/usr/bin/chromium", SCREENSHOTS } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MANIFEST = JSON.parse(readFileSync(new URL("../../web/static/console/documents.json", import.meta.url), "utf8"));
const TRUSTED = new Set(Object.values(MANIFEST));
const SECONDS = 1000;

export const ADMIN_KEY = AUTHGRAPH_ADMIN_KEY;
export const CONSOLE = new URL("/console", AUTHGRAPH_URL).href;
/** A desktop, what the console must still fit in, and a phone. */
export const SIZES = {
  wide: { width: 1280, height: 860 },
  narrow: { width: 800, height: 900 },
  phone: { width: 390, height: 844 },
};

/** The data of an operation that must succeed. */
export async function ask(query, variables, key = AUTHGRAPH_ADMIN_KEY) {
  const response = await fetch(AUTHGRAPH_URL, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** The payload of a mutation that must not be rejected. `selection` is what is selected of it. */
export async function change(mutation, input, selection = "") {
  const type = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input`;
  const { result } = await ask(
    `mutation ($input: ${type}!) { result: ${mutation}(input: $input) { ${selection} userErrors { message } } }`,
    { input },
  );
  assert.deepEqual(result.userErrors, []);
  return result;
}

/** The secret of a new API key with these scopes, such as `USERS_READ`. */
export async function keyWith(...scopes) {
  return (await change("createApiKey", { name: `a key of the walk`, scopes }, "secret")).secret;
}

/** A user with a name of their own, which begins with `name`. */
export async function newUser(name, more = {}) {
  const id = `${name.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}`;
  const user = { userId: id, name: `${name} Walker`, email: `${id}@walk.example`, ...more };
  await change("createUser", user);
  return user;
}

export async function startBrowser() {
  return chromium.launch({
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
}

/**
 * A new tab, with what is to be complained about: errors of the page, what the Content-Security-Policy has blocked, and
 * operations that are not in the manifest of the build.
 */
export class Visit {
  complaints = [];

  static async begin(browser, size = SIZES.wide) {
    const visit = new Visit();
    visit.context = await browser.newContext({ viewport: size, colorScheme: "light", locale: "en-GB" });
    visit.page = await visit.context.newPage();
    visit.page.setDefaultTimeout(20 * SECONDS);
    visit.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) visit.complaints.push(message.text());
    });
    visit.page.on("request", (request) => {
      const query = request.postDataJSON()?.query;
      if (query && !TRUSTED.has(query)) visit.complaints.push(`Not in documents.json: ${query}`);
    });
    visit.page.on("pageerror", (error) => visit.complaints.push(String(error)));
    return visit;
  }

  /** Opens a path of the console, such as `/users`. In development it signs in by itself. */
  async open(path) {
    await this.page.goto(CONSOLE + path);
    await this.page.locator("h1").first().waitFor();
  }

  /** Opens a path with another key than that of development. */
  async openWith(key, path) {
    await this.open(path);
    await this.page.getByRole("button", { name: "Sign out", exact: true }).click();
    await this.page.getByLabel("API key").fill(key);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("navigation", { name: "Views" }).waitFor();
  }

  /** Waits until nothing is on its way. A page that was loaded anew has nothing at first, not even a heading. */
  async settle() {
    await this.page.waitForFunction(() => document.querySelector("h1") && !document.querySelector(".bone, [aria-busy]"));
  }

  /** Fails if axe finds something, or if the page is wider than the screen, in light and in dark, on each size. */
  async inspect(name) {
    await this.settle();
    for (const colorScheme of ["light", "dark"]) {
      await this.page.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries(SIZES)) {
        await this.page.setViewportSize(viewport);
        await this.#calm();
        await this.picture(`${name}-${colorScheme}-${size}`);
        const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide on ${size}`);
        if (size === "narrow") continue;
        await this.page.evaluate(AXE);
        const found = await this.page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
        const shown = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`);
        assert.deepEqual(shown, [], `${name}, ${colorScheme}, ${size}`);
      }
    }
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.page.setViewportSize(SIZES.wide);
  }

  /** Waits until what moves has come to rest: a colour on its way would be judged as it is. */
  async #calm() {
    await this.page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  }

  async picture(name) {
    if (SCREENSHOTS) await this.page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
  }

  async end() {
    await this.context.close();
  }
}
