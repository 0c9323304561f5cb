import { AuthGraphAdapter, allowSignIn } from "@authgraph/adapter";
import NextAuth from "next-auth";
import Nodemailer from "next-auth/providers/nodemailer";

// The settings are read for each request, so the app can be built without them.
export const { handlers, auth } = NextAuth(() => ({
  adapter: AuthGraphAdapter({ url: process.env.AUTHGRAPH_URL!, apiKey: process.env.AUTHGRAPH_API_KEY! }),
  callbacks: { signIn: allowSignIn },
  session: { strategy: process.env.SESSION_STRATEGY === "jwt" ? "jwt" : "database" },
  providers: [
    Nodemailer({ server: process.env.EMAIL_SERVER!, from: process.env.EMAIL_FROM! }),
    {
      id: "directory",
      name: "Directory",
      type: "oidc",
      issuer: process.env.OIDC_ISSUER!,
      clientId: process.env.OIDC_CLIENT_ID!,
      clientSecret: process.env.OIDC_CLIENT_SECRET!,
    },
  ],
}));
