import { ExpressAuth, type ExpressAuthConfig, getSession } from "@auth/express";
import Nodemailer from "@auth/express/providers/nodemailer";
import { AuthGraphAdapter, allowSignIn } from "@authgraph/adapter";
import express from "express";

const { env } = process;

const config: ExpressAuthConfig = {
  adapter: AuthGraphAdapter({ url: env.AUTHGRAPH_URL!, apiKey: env.AUTHGRAPH_API_KEY! }),
  callbacks: { signIn: allowSignIn },
  session: { strategy: env.SESSION_STRATEGY === "jwt" ? "jwt" : "database" },
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
};

const app = express();

app.use("/auth", ExpressAuth(config));

app.get("/", async (request, response) => {
  const session = await getSession(request, config);
  response.send(
    session?.user
      ? `<p>Signed in as ${escaped(session.user.email)}</p>
         <a href="/auth/signin">Link an account</a> <a href="/auth/signout">Sign out</a>`
      : `<a href="/auth/signin">Sign in</a>`,
  );
});

function escaped(text: string | null | undefined): string {
  return (text ?? "").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

app.listen(Number(env.PORT), "127.0.0.1");
