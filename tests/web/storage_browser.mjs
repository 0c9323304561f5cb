// Uses GraphiQL with keys in every place where a person may put one, and prints as JSON all that the browser has kept.
// Arguments: the browser's executable, the page's address, a folder for the browser's profile, two keys: one to type
// as a header, and an API key to paste into a query and its variables.
import { chromium } from "playwright-core";

const [executablePath, address, profile, key, apiKey] = process.argv.slice(2);

const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  viewport: { width: 1400, height: 900 },
  args: ["--no-sandbox", "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);

  // What an earlier version of the page has left behind.
  await page.goto(new URL("/healthz", address).href);
  await page.evaluate((key) => {
    const headers = JSON.stringify({ Authorization: `Bearer ${key}` });
    const item = { query: "query Old { hello }", variables: "{}", headers, operationName: "Old" };
    localStorage.setItem("graphiql:queries", JSON.stringify({ queries: [item] }));
    localStorage.setItem("graphiql:favorites", JSON.stringify({ favorites: [{ ...item, favorite: true }] }));
    localStorage.setItem("graphiql:headers", headers);
    localStorage.setItem("graphiql:shouldPersistHeaders", "true");
  }, key);

  await page.goto(address);
  const query = ".graphiql-query-editor .CodeMirror";
  const tool = ".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror";
  const value = (name) => page.evaluate((name) => document.querySelector(name).CodeMirror.getValue(), name);
  const write = (name, text) =>
    page.evaluate(([name, text]) => document.querySelector(name).CodeMirror.setValue(text), [name, text]);
  const headers = async (text) => {
    await page.getByRole("button", { name: "Headers" }).click();
    await write(tool, text);
  };
  // GraphiQL fills the editors of a new tab a moment later, and would undo what was written before: so once more then.
  const execute = async (operation, fill, text) => {
    for (let attempt = 1; ; attempt++) {
      await fill();
      // It reads the operation out of the text later still.
      await page.waitForFunction(
        ([name, operation]) => document.querySelector(name).CodeMirror.operationName === operation,
        [query, operation],
      );
      await page.getByRole("button", { name: "Execute query" }).click();
      try {
        return await page.waitForFunction(
          (text) => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue().includes(text),
          text,
          { timeout: 5_000 },
        );
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  };

  await page.locator(query).waitFor();
  await execute("First", async () => {
    await headers(`{"Authorization": "Bearer ${key}"}`);
    await write(query, "query First { credentials }");
  }, "bearer");

  // In a second tab the keys stand everywhere.
  await page.getByRole("button", { name: "Add tab" }).click();
  await page.waitForFunction((name) => document.querySelector(name).CodeMirror.getValue() === "", query);
  await execute("Second", async () => {
    await headers(`{"authorization": "Bearer ${key}", "X-Other": "${apiKey}"}`);
    await write(query, `# ${apiKey}\nquery Second($name: String!) { hello(name: $name) credentials }`);
    await page.getByRole("button", { name: "Variables" }).click();
    await write(tool, `{"name": "${apiKey}"}`);
  }, "bearer");

  const history = page.locator(".graphiql-history-items li");
  const showHistory = async (text) => {
    for (let attempt = 1; ; attempt++) {
      const show = page.getByRole("button", { name: "Show History" });
      if (await show.isVisible()) await show.click();
      try {
        return await history.filter({ hasText: text }).first().waitFor({ timeout: 5_000 });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  };
  await showHistory("Second");
  await history.filter({ hasText: "Second" }).getByRole("button", { name: "Add favorite" }).click();
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByText("Theme").waitFor();
  const offersToPersist = await page.getByText("Persist headers").count();
  await page.keyboard.press("Escape");
  // GraphiQL writes what is typed a moment later.
  await page.waitForFunction(() => localStorage.getItem("graphiql:tabState")?.includes("Second"));
  await page.waitForFunction(() => localStorage.getItem("graphiql:favorites")?.includes("Second"));

  const kept = () =>
    page.evaluate(async () => {
      const databases = {};
      for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((done, fail) => {
          const opening = indexedDB.open(name);
          opening.onsuccess = () => done(opening.result);
          opening.onerror = () => fail(opening.error);
        });
        databases[name] = {};
        for (const store of database.objectStoreNames) {
          databases[name][store] = await new Promise((done) => {
            const reading = database.transaction(store).objectStore(store).getAll();
            reading.onsuccess = () => done(reading.result);
          });
        }
      }
      const caches = {};
      for (const name of await window.caches.keys()) {
        caches[name] = (await (await window.caches.open(name)).keys()).map(({ url }) => url);
      }
      return {
        localStorage: { ...localStorage },
        sessionStorage: { ...sessionStorage },
        databases,
        caches,
        cookie: document.cookie,
        name: window.name,
        state: history.state,
        address: location.href,
        referrer: document.referrer,
        workers: (await navigator.serviceWorker.getRegistrations()).length,
      };
    });

  const before = await kept();
  await page.reload();
  await page.locator(query).waitFor();
  await showHistory("First");
  const after = await kept();
  await page.getByRole("button", { name: "Headers" }).click();
  const headersAfterReload = await value(tool);
  await history.filter({ hasText: "First" }).getByText("First").first().click();
  await page.waitForFunction((name) => document.querySelector(name).CodeMirror.getValue().includes("First"), query);
  const headersFromHistory = await value(tool);
  const cookies = await context.cookies();
  console.log(JSON.stringify({ before, after, cookies, headersAfterReload, headersFromHistory, offersToPersist }));
} finally {
  await context.close();
}
