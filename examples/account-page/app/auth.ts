// An Auth.js app for a look around. It prints the links that a real app sends by e-mail.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

import { Auth, type AuthConfig } from "@auth/core";
import type { Provider } from "@auth/core/providers";

import { AuthGraphAdapter, allowSignIn } from "../../../clients/typescript/src/index.js";

/** What answers the requests below `basePath`; the address and the key of the API are those of `make run` unless set. */
export function signInApp(basePath: string, api: string, print: (line: string) => void) {
  const mail: Provider = {
    id: "email",
    type: "email",
    name: "E-mail",
    from: "app@example.com",
    maxAge: 3600,
    sendVerificationRequest: ({ identifier, url }) => print(`Sign in as ${identifier}: ${url}`),
  };
  const config: AuthConfig = {
    adapter: AuthGraphAdapter({ url: `${api}/graphql`, apiKey: process.env.AUTHGRAPH_API_KEY ?? developmentKey() }),
    basePath,
    callbacks: { signIn: allowSignIn },
    providers: [mail],
    secret: randomBytes(32).toString("base64"),
    session: { strategy: "database" },
    trustHost: true,
  };
  return (request: Request): Promise<Response> => Auth(request, config);
}

/** The key that `make run` has made. Without it, the adapter says at the first call that it has none. */
function developmentKey(): string {
  try {
    return readFileSync(new URL("../../../.data/admin-key", import.meta.url), "utf8").trim();
  } catch {
    return "";
  }
}
