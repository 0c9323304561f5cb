import { SvelteKitAuth } from "@auth/sveltekit";
import Nodemailer from "@auth/sveltekit/providers/nodemailer";
import { AuthGraphAdapter, allowSignIn } from "@authgraph/adapter";
import { env } from "$env/dynamic/private";

// The settings are read for each request, so the app can be built without them.
export const { handle } = SvelteKitAuth(async () => ({
  adapter: AuthGraphAdapter({ url: env.AUTHGRAPH_URL!, apiKey: env.AUTHGRAPH_API_KEY! }),
  callbacks: { signIn: allowSignIn },
  session: { strategy: env.SESSION_STRATEGY === "jwt" ? "jwt" : "database" },
  // ORIGIN says what the host is.
  trustHost: true,
  providers: [
    Nodemailer({ server: env.EMAIL_SERVER!, from: env.EMAIL_FROM! }),
    {
      id: "directory",
      name: "Directory",
      type: "oidc",
      issuer: env.OIDC_ISSUER!,
      clientId: env.OIDC_CLIENT_ID!,
      clientSecret: env.OIDC_CLIENT_SECRET!,
    },
  ],
}));
