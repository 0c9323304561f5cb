// Session cookies as the real packages make and read them. One JSON document on stdin, one on stdout:
// {encode: [{version, name, secret, claims, maxAge}], decode: [{version, name, secret, jwt}]}
// → {encoded: [Cookie header], decoded: [claims or null]}

import { text } from "node:stream/consumers";
import { createRequire } from "node:module";
import { decode as decode5, encode as encode5 } from "@auth/core/jwt";
// Neither package exports how it cuts and writes cookies.
import { SessionStore as Store5 } from "./node_modules/@auth/core/lib/utils/cookie.js";
import { serialize as serialize5 } from "./node_modules/@auth/core/lib/vendored/cookie.js";

const require = createRequire(import.meta.url);
const next = require("next-auth/jwt");
const { SessionStore: Store4 } = require("./node_modules/next-auth/core/lib/cookie.js");
const { serialize: serialize4 } = require("cookie");

const VERSIONS = {
  "Auth.js 5": {
    // The salt is what its session route gives: the name of the cookie.
    encode: ({ name, ...given }) => encode5({ ...given, salt: name }),
    decode: ({ name, ...given }) => decode5({ ...given, salt: name }),
    store: (option) => new Store5(option, {}, console),
    serialize: serialize5,
  },
  "next-auth 4": {
    encode: ({ name, ...given }) => next.encode(given),
    decode: ({ name, ...given }) => next.decode(given),
    store: (option) => new Store4(option, { cookies: {} }, console),
    serialize: serialize4,
  },
};

console.debug = () => {};

async function encoded({ version, claims, ...given }) {
  const { encode, store, serialize } = VERSIONS[version];
  const jwt = await encode({ ...given, token: claims });
  const cookies = store({ name: given.name, options: { path: "/", httpOnly: true } }).chunk(jwt, {});
  // What comes before the attributes is what a browser sends back.
  return cookies.map(({ name, value, options }) => serialize(name, value, options).split(";")[0]).join("; ");
}

async function decoded({ version, jwt, ...given }) {
  try {
    return await VERSIONS[version].decode({ ...given, token: jwt });
  } catch {
    return null;
  }
}

const { encode, decode } = JSON.parse(await text(process.stdin));
const answer = { encoded: await Promise.all(encode.map(encoded)), decoded: await Promise.all(decode.map(decoded)) };
process.stdout.write(JSON.stringify(answer));
