// What every provider that @auth/core ships makes of a made-up sign-in: one JSON line of {user, account} by file name.
//
// Nothing is fetched. Microsoft's photos come as large as stdin says, and the made-up profile has an answer to whatever
// a provider looks for in it.

import { readdirSync, readFileSync } from "node:fs";

import parseProviders from "./node_modules/@auth/core/lib/utils/providers.js";

const { photoBytes, tokens, longId } = JSON.parse(readFileSync(0, "utf8"));
const PROVIDERS = new URL("./node_modules/@auth/core/providers/", import.meta.url);
const config = {
  clientId: "client",
  clientSecret: "secret",
  issuer: "https://issuer.example.com",
  baseUrl: "https://base.example.com",
  subdomain: "subdomain",
};

globalThis.fetch = async () => new Response(new Uint8Array(photoBytes));

// A text to whoever wants one, and to everybody else an object whose members are all there.
function madeUp(name, path = []) {
  const text = textAt(name, path);
  return new Proxy(() => text, {
    get(_, key) {
      if (key === "then") return undefined;
      if ([Symbol.toPrimitive, "toString", "toJSON"].includes(key)) return () => text;
      if (key === "find") return () => madeUp(name, [...path, "0"]);
      if (["startsWith", "toLowerCase"].includes(key)) return text[key].bind(text);
      return madeUp(name, [...path, key]);
    },
  });
}

function textAt(name, path) {
  const last = path.at(-1);
  if (/mail|^login$|^user$/i.test(path.join("."))) return `${name}@Example.com`;
  if (/prefix/.test(last)) return "https://pictures.example.com/";
  if (/picturePath/i.test(last)) return "/pictures/1.png";
  if (/avatar|pic|image|photo|icon|img|^profile$/i.test(path.join("."))) {
    return `https://pictures.example.com/${"p".repeat(1500)}`;
  }
  return longId;
}

const asText = (_, value) => (typeof value === "function" ? String(value) : value);
const plain = (object) => JSON.parse(JSON.stringify(object, asText));

const made = {};
for (const file of readdirSync(PROVIDERS).filter((name) => name.endsWith(".js") && name !== "index.js")) {
  let module;
  try {
    module = await import(new URL(file, PROVIDERS));
  } catch (error) {
    // An e-mail or passkey provider, over a package of its own.
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    continue;
  }
  if (typeof module.default !== "function") continue;
  const provider = module.default(config);
  if (!["oauth", "oidc"].includes(provider.type)) continue;
  const parsed = parseProviders({
    url: new URL("https://app.example.com"),
    providerId: provider.id,
    config: { providers: [provider], basePath: "/auth" },
  }).provider;
  const { id, ...user } = plain(await parsed.profile(madeUp(provider.id), tokens));
  const account = { ...tokens, provider: provider.id, type: provider.type, providerAccountId: String(id) };
  made[file] = { user: { ...user, email: user.email?.toLowerCase() ?? null }, account };
}
process.stdout.write(JSON.stringify(made));
