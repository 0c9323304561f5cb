// `node visit.js HOME COOKIE`: somebody whom the directory knows by its cookie signs in to an app in headless Chromium,
// and out again. Prints what the first page shows then, and the errors of all pages, as JSON. CHROMIUM is the browser.

import { chromium } from "playwright-core";

const [home, directory] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
});
try {
  const context = await browser.newContext();
  await context.addCookies([{ name: "directory", value: directory, domain: "127.0.0.1", path: "/", sameSite: "Lax" }]);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.setDefaultTimeout(15_000);
  const shown = () => page.locator("body").innerText();

  await page.goto(home);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign in with Directory" }).click();
  await page.getByRole("link", { name: "Sign out" }).waitFor();
  const signedIn = await shown();

  await page.getByRole("link", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  console.log(JSON.stringify({ signedIn, signedOut: await shown(), errors }));
} finally {
  await browser.close();
}
