import { createHash } from "node:crypto";

import { formatDocument, stringifyDocument } from "@urql/core";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

import * as generated from "./src/graphql.js";

const api = process.env.AUTHGRAPH_ORIGIN ?? "http://127.0.0.1:8000";

/**
 * Writes documents.json beside the page: the manifest of every operation that the console sends, by the hash of its text.
 * A server whose AUTHGRAPH_DOCUMENTS lists it executes nothing else for the console.
 */
function manifest(): Plugin {
  return {
    name: "manifest",
    generateBundle() {
      const documents = Object.entries(generated).filter(([name]) => name.endsWith("Document"));
      // As urql sends it: with __typename everywhere.
      const texts = documents.map(([, document]) => stringifyDocument(formatDocument(document)));
      const entries = texts.map((text) => [`sha256:${createHash("sha256").update(text).digest("hex")}`, text]);
      const source = `${JSON.stringify(Object.fromEntries(entries.sort()), null, 2)}\n`;
      this.emitFile({ type: "asset", fileName: "documents.json", source });
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), manifest()],
  build: {
    target: "es2023",
    // Nothing inline: the Content-Security-Policy of the page allows scripts and styles from this server only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  server: {
    host: "localhost",
    port: 5174,
    strictPort: true,
    // With the Host header of the API, because it hands out the key of development only at its own address.
    proxy: {
      "/graphql": { target: api, changeOrigin: true },
      "/console/config.json": { target: api, changeOrigin: true },
    },
  },
});
