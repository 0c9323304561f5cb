import type { NextConfig } from "next";

export default {
  // Next.js looks for lock files above this folder otherwise.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig;
