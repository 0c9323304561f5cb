import { AuthGraphAdapter, allowSignIn } from "@authgraph/adapter";
import type { AuthOptions } from "next-auth";
import Email from "next-auth/providers/email";

export const authOptions: AuthOptions = {
  adapter: AuthGraphAdapter({ url: process.env.AUTHGRAPH_URL!, apiKey: process.env.AUTHGRAPH_API_KEY! }),
  callbacks: { signIn: allowSignIn },
  session: { strategy: process.env.SESSION_STRATEGY === "jwt" ? "jwt" : "database" },
  providers: [
    Email({ server: process.env.EMAIL_SERVER!, from: process.env.EMAIL_FROM! }),
    {
      id: "directory",
      name: "Directory",
      type: "oauth",
      wellKnown: `${process.env.OIDC_ISSUER}/.well-known/openid-configuration`,
      idToken: true,
      checks: ["pkce", "state", "nonce"],
      clientId: process.env.OIDC_CLIENT_ID!,
      clientSecret: process.env.OIDC_CLIENT_SECRET!,
      profile: ({ sub, name, email }: { sub: string; name: string; email: string }) => ({ id: sub, name, email }),
    },
  ],
};
