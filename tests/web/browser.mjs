// Uses GraphiQL at the address given as a person would, and prints as JSON what was seen.
// Arguments: the browser's executable, the page's address, a folder for screenshots.
import { chromium } from "playwright-core";

const [executablePath, address, folder] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(15_000);
  const complaints = [];
  const foreign = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== new URL(address).origin) foreign.push(request.url());
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`),
    );
  });

  await page.goto(address);
  const editor = (name) => page.evaluate((name) => document.querySelector(name).CodeMirror.getValue(), name);
  const queryEditor = ".graphiql-query-editor .CodeMirror";
  const editorHolds = (text) =>
    page.waitForFunction(
      ([name, text]) => {
        const value = document.querySelector(name).CodeMirror.getValue();
        return text === "" ? value === "" : value.includes(text);
      },
      [queryEditor, text],
    );
  const answer = async (text) => {
    await page.waitForFunction(
      (text) => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue().includes(text),
      text,
    );
    return JSON.parse(await editor(".result-window .CodeMirror"));
  };

  // The documentation shows up once introspection has worked.
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByRole("link", { name: "Query" }).click();
  await page.getByText("Where a conversation starts.").waitFor();

  const tabs = await page.getByRole("tab").allInnerTexts();
  const first = await editor(queryEditor);
  const headers = await editor(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror");
  await page.getByRole("button", { name: "Execute query" }).click();
  const example = await answer("Hello");
  await page.screenshot({ path: `${folder}/documentation.png` });

  await page.getByRole("button", { name: "Add tab" }).click();
  await editorHolds("");
  await page.locator(queryEditor).click();
  await page.keyboard.type("{ double(number: 21)");
  await page.keyboard.press("Escape");
  // GraphiQL reads the operation out of the text a moment after the last key.
  await page.waitForFunction((name) => !document.querySelector(name).CodeMirror.operationName, queryEditor);
  await page.getByRole("button", { name: "Execute query" }).click();
  const typed = await answer("42");

  await page.getByRole("button", { name: "GraphiQL Explorer" }).click();
  await page.locator(".docExplorerWrap").getByText("requestId", { exact: true }).click();
  await editorHolds("requestId");
  await page.locator(".docExplorerWrap, .graphiql-explorer-root").getByText("requestId").first().hover();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const explored = await editor(queryEditor);
  await page.screenshot({ path: `${folder}/explorer.png` });

  await page.reload();
  await page.locator(queryEditor).waitFor();
  const reloadedHeaders = await editor(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror");
  const violations = await page.evaluate(() => window.violations);
  console.log(
    JSON.stringify({ tabs, first, headers, example, typed, explored, reloadedHeaders, complaints, foreign, violations }),
  );
} finally {
  await browser.close();
}
