import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { withSignIn } from "./app/plugin.js";

const api = process.env.AUTHGRAPH_ORIGIN ?? "http://127.0.0.1:8000";
// The routes of your Auth.js app, such as http://localhost:3000/api/auth. Without it, the app in app/ signs people in.
const auth = process.env.AUTH_APP ? new URL(process.env.AUTH_APP) : undefined;
const authPath = auth?.pathname ?? "/auth";

// Page, API and app share one origin, so the browser sends the session cookie and no CORS is involved. The Host header
// stays as it is: the API compares it with the Origin of a request that brings a cookie, and Auth.js leads back to it.
const proxy = {
  "/graphql": { target: api, changeOrigin: false },
  ...(auth && { [authPath]: { target: auth.origin, changeOrigin: false } }),
};

export default defineConfig({
  define: { AUTH_PATH: JSON.stringify(authPath) },
  plugins: [react(), auth ? [] : withSignIn(authPath, api)],
  server: { host: "localhost", port: 5173, strictPort: true, proxy },
  preview: { host: "localhost", proxy },
});
