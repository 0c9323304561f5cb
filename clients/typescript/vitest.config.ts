import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@authgraph/adapter": new URL("src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 15_000,
    // Two cores have better things to do than to isolate files that share nothing.
    isolate: false,
  },
});
