// urql and Apollo Client, as the frontend guide sets them up, send the ids that the client preset gives to documents.
//
// The argument is the manifest of the client preset. No server is asked: what would be sent is compared with it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { cacheExchange, Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { parse } from "graphql";

const manifest = JSON.parse(readFileSync(process.argv[2], "utf8"));
const [hash, text] = Object.entries(manifest).find(([, document]) => document.startsWith("query Users"));
const document = { ...parse(text), __meta__: { hash } };

let sent;
const noting = async (_url, { body }) => {
  sent = JSON.parse(body);
  return Response.json({ errors: [{ message: "Enough." }] });
};

const urql = new Client({
  url: "http://api.example/graphql",
  preferGetMethod: false,
  fetch: noting,
  exchanges: [
    cacheExchange,
    persistedExchange({
      enforcePersistedQueries: true,
      enableForMutation: true,
      preferGetForPersistedQueries: false,
      generateHash: async (_, { __meta__ }) => __meta__.hash,
    }),
    fetchExchange,
  ],
});
await urql.query(document, {}).toPromise();
assert.equal(sent.extensions.persistedQuery.sha256Hash, hash);
assert.equal(sent.query, undefined);

sent = undefined;
const link = createPersistedQueryLink({ generateHash: ({ __meta__ }) => __meta__.hash });
const apollo = new ApolloClient({
  cache: new InMemoryCache(),
  link: link.concat(new HttpLink({ uri: "http://api.example/graphql", fetch: noting })),
});
await assert.rejects(apollo.query({ query: document }), /Enough/);
assert.equal(sent.extensions.persistedQuery.sha256Hash, hash);
assert.equal(sent.query, undefined);
