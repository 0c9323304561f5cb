// Uses GraphiQL of a production server as an administrator would, and prints as JSON what was seen.
// Arguments: the browser's executable, the page's address, a folder for screenshots, an administrator key.
import { chromium } from "playwright-core";

const [executablePath, address, folder, key] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ["--no-sandbox", "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(15_000);
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(new URL("/", address).href);

  const value = (name) => page.evaluate((name) => document.querySelector(name).CodeMirror.getValue(), name);
  const write = (name, text) =>
    page.evaluate(([name, text]) => document.querySelector(name).CodeMirror.setValue(text), [name, text]);
  const query = ".graphiql-query-editor .CodeMirror";
  const result = ".result-window .CodeMirror";
  const answer = async (text) => {
    await page.waitForFunction(
      ([name, text]) => document.querySelector(name)?.CodeMirror.getValue().includes(text),
      [result, text],
    );
    return JSON.parse(await value(result));
  };
  const execute = async (operation) => {
    // It reads the operation out of the text a moment later, and sends the name of the one before until then.
    await page.waitForFunction(
      ([name, operation]) => document.querySelector(name).CodeMirror.operationName === operation,
      [query, operation],
    );
    await page.getByRole("button", { name: "Execute query" }).click();
  };

  await page.locator(query).waitFor();
  const landed = page.url();
  const tabs = await page.locator(".graphiql-tab").allInnerTexts();
  const first = await value(query);
  const openTool = await page.locator(".graphiql-editor-tools button.active").innerText();
  const hint = await page.locator(".graphiql-footer").innerText();
  await page.screenshot({ path: `${folder}/production-first.png` });
  await write(query, "query Refused { users { nodes { id } } }");
  await execute("Refused");
  const refused = await answer("UNAUTHENTICATED");

  await page.getByRole("button", { name: "Headers" }).click();
  await write(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror", `{"Authorization": "Bearer ${key}"}`);
  await write(query, "query Answered { caller { kind } }");
  await execute("Answered");
  const answered = await answer("API_KEY");

  // With the key in the headers, introspection is allowed.
  await page.getByRole("button", { name: "Re-fetch GraphQL schema" }).click();
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByRole("link", { name: "Query" }).click();
  const documentation = [];
  for (const name of ["viewer", "caller", "users"]) {
    await page.locator(".graphiql-doc-explorer").getByText(name, { exact: true }).first().waitFor();
    documentation.push(name);
  }
  await page.screenshot({ path: `${folder}/production.png` });
  const violations = await page.evaluate(() => window.violations);
  console.log(JSON.stringify({ landed, tabs, first, openTool, hint, refused, answer: answered, documentation, violations }));
} finally {
  await browser.close();
}
