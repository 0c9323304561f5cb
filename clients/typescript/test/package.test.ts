// The package as others get it: packed, installed in an empty folder, and used from a strict TypeScript project.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const home = new URL("..", import.meta.url).pathname;
const tsc = join(home, "node_modules", ".bin", "tsc");

const APP = `
import type { Adapter, AdapterUser } from "@auth/core/adapters";
import { AuthGraphAdapter, AuthGraphError, type AuthGraphErrorCode, type AuthGraphOptions } from "@authgraph/adapter";

const options: AuthGraphOptions = { url: "http://127.0.0.1:1/graphql", apiKey: "ag_1_secret" };
export const adapter: Adapter = AuthGraphAdapter({ ...options, fetch, timeoutMs: 1000 });
export const user: Promise<AdapterUser | null> = Promise.resolve(AuthGraphAdapter(options).getUser("1"));
const error = await user.then(
  () => null,
  (error: unknown) => error,
);
if (!(error instanceof AuthGraphError)) throw new Error("a call to nowhere must fail");
const code: AuthGraphErrorCode = error.code;
const path: readonly (string | number)[] = error.path;
console.log(JSON.stringify({ code, path }));
// @ts-expect-error - the key is required
AuthGraphAdapter({ url: "http://127.0.0.1:1/graphql" });
`;

/** An app of next-auth 4, which brings types of its own and no `@auth/core`. */
const OLDER_APP = `
import { allowSignIn, AuthGraphAdapter } from "@authgraph/adapter";

interface Adapter {
  createUser: (user: { email: string }) => Promise<{ id: string; email: string; emailVerified: Date | null }>;
  getUser?: (id: string) => Promise<{ id: string } | null>;
}
export const adapter: Adapter = AuthGraphAdapter({ url: "http://127.0.0.1:1/graphql", apiKey: "ag_1_secret" });
const allowed: boolean = allowSignIn({ user: { id: "1", disabledAt: new Date() } });
const code: string = await adapter.getUser!("1").then(() => "", (error) => error.code);
console.log(JSON.stringify({ allowed, code }));
`;

let packed: string;
let folder: string;
let older: string;

beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), "authgraph-adapter-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", packed], { cwd: home });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [{ filename: string }];
  // The peer dependency is in npm's cache, since this package was installed with it.
  folder = await makeApp("app", APP, join(packed, filename), "@auth/core@0.41.3");
  older = await makeApp("older-app", OLDER_APP, join(packed, filename));
}, 120_000);

afterAll(() => rm(packed, { recursive: true, force: true }));

async function makeApp(name: string, app: string, ...packages: string[]): Promise<string> {
  const folder = join(packed, name);
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const install = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", [...install, ...packages], { cwd: folder });
  await writeFile(join(folder, "src/app.ts"), app);
  const compilerOptions = { strict: true, module: "nodenext", target: "es2022", lib: ["es2022", "dom"], types: [], rootDir: "src" };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  return folder;
}

async function compile(folder: string, ...options: string[]): Promise<string> {
  return run(tsc, options, { cwd: folder }).then(
    () => "",
    (failed: { stdout: string }) => failed.stdout,
  );
}

test("it type-checks in a strict project", async () => {
  expect(await compile(folder, "--noEmit", "--skipLibCheck", "--exactOptionalPropertyTypes")).toBe("");
});

test("its own declarations need nothing that is not installed", async () => {
  // Those of @auth/core name optional packages, and are not ours to check.
  expect(await compile(folder, "--noEmit", "--skipLibCheck", "false")).not.toContain("@authgraph");
});

test("it runs", async () => {
  expect(await compile(folder, "--skipLibCheck", "--outDir", "out")).toBe("");
  const { stdout } = await run("node", ["out/app.js"], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({ code: "NETWORK_ERROR", path: [] });
});

test("it brings no dependency", async () => {
  const installed = JSON.parse(await readFile(join(folder, "node_modules/@authgraph/adapter/package.json"), "utf8"));
  expect(installed.dependencies ?? {}).toEqual({});
  // Beside a peer `next-auth`, npm would refuse to install it with @auth/sveltekit: it looks for @auth/core 0.34 then.
  expect(Object.keys(installed.peerDependencies)).toEqual(["@auth/core"]);
  expect(Object.keys(installed.peerDependenciesMeta)).toEqual(["@auth/core"]);
});

test.each(["true", "false"])("it type-checks without @auth/core, with skipLibCheck %s", async (skipLibCheck) => {
  expect(await compile(older, "--noEmit", "--skipLibCheck", skipLibCheck)).toBe("");
});

test("it runs without @auth/core", async () => {
  expect(await readdir(join(older, "node_modules"))).not.toContain("@auth");
  expect(await compile(older, "--outDir", "out")).toBe("");
  const { stdout } = await run("node", ["out/app.js"], { cwd: older });
  expect(JSON.parse(stdout)).toEqual({ allowed: false, code: "NETWORK_ERROR" });
});
