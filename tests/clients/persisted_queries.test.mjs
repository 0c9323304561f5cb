// Apollo Client and urql with persisted queries, against two running servers.
//
// AUTHGRAPH_URL names a server as it comes, TRUSTING_URL one that trusts the documents of MANIFEST, which Apollo's
// generate-persisted-query-manifest wrote; AUTHGRAPH_ADMIN_KEY is a key for both.

import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { Client, fetchExchange, gql as urqlGql } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

const { AUTHGRAPH_URL, TRUSTING_URL, MANIFEST, AUTHGRAPH_ADMIN_KEY } = process.env;
const headers = { authorization: `Bearer ${AUTHGRAPH_ADMIN_KEY}` };

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** A query and a mutation that no server has seen. */
const newQuery = () => `query Q${randomUUID().replaceAll("-", "")} { caller { kind } }`;
const newMutation = () => `mutation M${randomUUID().replaceAll("-", "")} { __typename }`;

/** `fetch` that notes each exchange: method, what named the document, status, and the code of the error. */
function noting() {
  const exchanges = [];
  const noted = async (url, options = {}) => {
    const method = options.method ?? "GET";
    const parameters = method === "GET" ? Object.fromEntries(new URL(url).searchParams) : JSON.parse(options.body);
    const extensions =
      typeof parameters.extensions === "string" ? JSON.parse(parameters.extensions) : parameters.extensions;
    const response = await fetch(url, options);
    const answer = await response.clone().json();
    exchanges.push({
      method,
      names: [...(extensions?.persistedQuery ? ["hash"] : []), ...(parameters.query ? ["text"] : [])].join("+"),
      status: response.status,
      code: answer.errors?.[0].extensions.code ?? "OK",
    });
    return response;
  };
  return { noted, exchanges };
}

function apollo(url, persisted) {
  const { noted, exchanges } = noting();
  const link = createPersistedQueryLink(persisted).concat(new HttpLink({ uri: url, headers, fetch: noted }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return {
    exchanges,
    query: async (text) => (await client.query({ query: gql(text), fetchPolicy: "no-cache" })).data,
    mutate: async (text) => (await client.mutate({ mutation: gql(text), fetchPolicy: "no-cache" })).data,
  };
}

function urql(url, persisted) {
  const { noted, exchanges } = noting();
  const client = new Client({
    url,
    preferGetMethod: false,
    fetch: noted,
    fetchOptions: { headers },
    exchanges: [persistedExchange(persisted), fetchExchange],
  });
  const answered = async (sent) => {
    const { data, error } = await sent.toPromise();
    if (error) throw error;
    return data;
  };
  return {
    exchanges,
    query: (text) => answered(client.query(urqlGql(text), {})),
    mutate: (text) => answered(client.mutation(urqlGql(text), {})),
  };
}

const MISS = { names: "hash", status: 200, code: "PERSISTED_QUERY_NOT_FOUND" };
const FULL = { method: "POST", names: "hash+text", status: 200, code: "OK" };
const HIT = { names: "hash", status: 200, code: "OK" };

const CLIENTS = {
  "Apollo Client": (url) => apollo(url, { sha256 }),
  urql: (url) => urql(url, { enableForMutation: true, preferGetForPersistedQueries: false }),
};
const GET_CLIENTS = {
  "Apollo Client": (url) => apollo(url, { sha256, useGETForHashedQueries: true }),
  urql: (url) => urql(url, {}),
};

for (const [name, client] of Object.entries(CLIENTS)) {
  test(`${name} sends a text once, and its hash from then on`, async () => {
    const query = newQuery();
    const first = client(AUTHGRAPH_URL);
    assert.equal((await first.query(query)).caller.kind, "API_KEY");
    assert.deepEqual(first.exchanges, [{ method: "POST", ...MISS }, FULL]);
    const second = client(AUTHGRAPH_URL);
    assert.equal((await second.query(query)).caller.kind, "API_KEY");
    assert.deepEqual(second.exchanges, [{ method: "POST", ...HIT }]);
  });

  test(`${name} sends a mutation the same way`, async () => {
    const mutation = newMutation();
    const first = client(AUTHGRAPH_URL);
    assert.equal((await first.mutate(mutation)).__typename, "Mutation");
    assert.deepEqual(first.exchanges, [{ method: "POST", ...MISS }, FULL]);
    const second = client(AUTHGRAPH_URL);
    await second.mutate(mutation);
    assert.deepEqual(second.exchanges, [{ method: "POST", ...HIT }]);
  });

  test(`${name} falls back to the text where documents are trusted, and stays with it`, async () => {
    const page = client(TRUSTING_URL);
    await assert.rejects(page.query(newQuery()), /not in the server's manifest/);
    assert.deepEqual(page.exchanges, [
      { method: "POST", names: "hash", status: 200, code: "PERSISTED_QUERY_NOT_SUPPORTED" },
      { method: "POST", names: "text", status: 400, code: "DOCUMENT_NOT_TRUSTED" },
    ]);
    assert.equal((await page.query(TRUSTED)).caller.kind, "API_KEY");
    assert.deepEqual(page.exchanges.slice(2), [{ method: "POST", names: "text", status: 200, code: "OK" }]);
  });
}

for (const [name, client] of Object.entries(GET_CLIENTS)) {
  test(`${name} sends hashes with GET`, async () => {
    const query = newQuery();
    const first = client(AUTHGRAPH_URL);
    assert.equal((await first.query(query)).caller.kind, "API_KEY");
    assert.deepEqual(first.exchanges[0], { method: "GET", ...MISS });
    assert.equal(first.exchanges.length, 2);
    assert.deepEqual({ ...first.exchanges[1], method: "POST" }, FULL);
    const second = client(AUTHGRAPH_URL);
    assert.equal((await second.query(query)).caller.kind, "API_KEY");
    assert.deepEqual(second.exchanges, [{ method: "GET", ...HIT }]);
  });
}

// Trusted documents

const MANIFEST_READ = JSON.parse(readFileSync(MANIFEST, "utf8"));
const [OPERATION] = MANIFEST_READ.operations;
const TRUSTED = OPERATION.body;

test("the manifest is what Apollo's tool writes", () => {
  assert.equal(MANIFEST_READ.format, "apollo-persisted-query-manifest");
  assert.equal(MANIFEST_READ.version, 1);
  assert.equal(OPERATION.id, sha256(TRUSTED));
});

test("Apollo Client sends ids of the manifest", async () => {
  const ids = generatePersistedQueryIdsFromManifest({ loadManifest: async () => MANIFEST_READ });
  const page = apollo(TRUSTING_URL, ids);
  assert.equal((await page.query(TRUSTED)).caller.kind, "API_KEY");
  assert.deepEqual(page.exchanges, [{ method: "POST", ...HIT }]);
});

test("urql sends ids of the manifest", async () => {
  const page = urql(TRUSTING_URL, {
    enforcePersistedQueries: true,
    preferGetForPersistedQueries: false,
    generateHash: async () => OPERATION.id,
  });
  assert.equal((await page.query(TRUSTED)).caller.kind, "API_KEY");
  assert.deepEqual(page.exchanges, [{ method: "POST", ...HIT }]);
});
