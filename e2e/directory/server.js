// An OpenID Connect provider that asks for no password: its cookie `directory` holds the claims about the person, as
// base64url of JSON. It prints its address, and ends when its standard input does.

import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
const claims = new Map();

server.service.on("beforeAuthorizeRedirect", ({ url }, request) => {
  const [, cookie] = /(?:^|; )directory=([^;]+)/.exec(request.headers.cookie);
  claims.set(url.searchParams.get("code"), JSON.parse(Buffer.from(cookie, "base64url")));
});
server.service.on("beforeTokenSigning", ({ payload }, request) => {
  Object.assign(payload, claims.get(request.body.code));
});

await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
console.log(server.issuer.url);
process.stdin.resume().on("end", () => process.exit());
