import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Page and API share one origin, so the browser sends the session cookie and no CORS is involved. The Host header stays
// as it is: the server compares it with the Origin of a request that brings a cookie.
const proxy = {
  "/graphql": { target: process.env.AUTHGRAPH_ORIGIN ?? "http://127.0.0.1:8000", changeOrigin: false },
};

export default defineConfig({
  plugins: [react()],
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
});
