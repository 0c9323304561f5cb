// The real Auth.js adapter as a service: one JSON request a line on stdin, one JSON answer a line on stdout.
//
// Request: {id, method, args, options: {endpoint, region, credentials, adapter}, interlude?: {before, method, args}}.
// Answer: {id, result, calls} or {id, error: {name, message}, calls}; `calls` are the client methods used, in order.
// An interlude is another method of the adapter, run just before the named client call: it makes a race repeatable.

import { createInterface } from "node:readline";

// Auth.js exports it to nobody, so it is taken from where it stands.
import { defaultNormalizer } from "./node_modules/@auth/core/lib/actions/signin/send-token.js";
import { DynamoDBAdapter, format, generateUpdateExpression } from "@auth/dynamodb-adapter";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";

// As the adapter's documentation says to make the client.
const marshallOptions = { convertEmptyValues: true, removeUndefinedValues: true, convertClassInstanceToMap: true };

const functions = {
  "format.to": format.to,
  "format.from": format.from,
  generateUpdateExpression,
  normalizeEmails: (emails) => emails.map(normalized),
};

// What Auth.js makes of an address; null for one that it refuses.
function normalized(email) {
  try {
    return defaultNormalizer(email);
  } catch {
    return null;
  }
}

const documents = new Map();

function documentAt({ endpoint, region, credentials }) {
  const key = JSON.stringify([endpoint, region, credentials]);
  if (!documents.has(key)) {
    documents.set(key, DynamoDBDocument.from(new DynamoDB({ endpoint, region, credentials }), { marshallOptions }));
  }
  return documents.get(key);
}

function observed(document, calls, before) {
  return new Proxy(document, {
    get: (target, name) => async (input) => {
      calls.push(name);
      await before(name);
      return target[name](input);
    },
  });
}

async function run({ method, args, options, interlude }, calls) {
  if (method in functions) return functions[method](...args);
  const document = documentAt(options);
  const before = async (name) => {
    if (interlude?.before === name) {
      await DynamoDBAdapter(document, options.adapter)[interlude.method](...decode(interlude.args));
    }
  };
  return DynamoDBAdapter(observed(document, calls, before), options.adapter)[method](...args);
}

// JSON has neither dates nor `undefined` nor big integers, sets and bytes: they travel as objects with one `$` member.
const decoders = {
  $date: (milliseconds) => new Date(milliseconds ?? NaN),
  $undefined: () => undefined,
  $bigint: (digits) => BigInt(digits),
  $set: (members) => new Set(members.map(decode)),
  $bytes: (base64) => new Uint8Array(Buffer.from(base64, "base64")),
};

function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] in decoders) return decoders[entries[0][0]](entries[0][1]);
  return Object.fromEntries(entries.map(([name, member]) => [name, decode(member)]));
}

function encode(value) {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Set) return { $set: [...value].map(encode) };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(encode);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encode(member)]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const calls = [];
  let answer;
  try {
    answer = { result: encode(await run({ ...request, args: decode(request.args) }, calls)) };
  } catch ({ name, message }) {
    answer = { error: { name, message } };
  }
  process.stdout.write(`${JSON.stringify({ id: request.id, ...answer, calls })}\n`);
}
