// A supergraph of authgraph and a subgraph that adds fields to its users and accounts.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { composeServices } from "@apollo/composition";
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from "@apollo/gateway";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

const { AUTHGRAPH_URL: url, AUTHGRAPH_ADMIN_KEY: adminKey, AUTHGRAPH_ORIGIN: origin } = process.env;
const KEY = { authorization: `Bearer ${adminKey}` };

const POSTS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])

  type Query { latestPosts: PostConnection! }
  type PostConnection { nodes: [Post!]! pageInfo: PageInfo! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Post { title: String! author: User }
  type User @key(fields: "userId") { userId: ID! posts: [Post!]! }
  type Account @key(fields: "provider providerAccountId") {
    provider: String!
    providerAccountId: String!
    stars: Int!
  }
`);
const BY = [
  ["First", "ada"],
  ["Second", "bob"],
  ["Third", "ada"],
  ["Fourth", "nobody"],
];
const posts = BY.map(([title, userId]) => ({ title, author: { userId } }));
const RESOLVERS = {
  Query: { latestPosts: () => ({ nodes: posts, pageInfo: { hasNextPage: false, hasPreviousPage: false } }) },
  User: { posts: ({ userId }) => posts.filter(({ author }) => author.userId === userId) },
  Account: { stars: ({ provider, providerAccountId }) => `${provider}/${providerAccountId}`.length },
};

// The requests that the gateway has sent to authgraph.
const sent = [];
const people = {};
let sdl;
let supergraph;
let executor;
let schema;

async function authgraph(query, variables, headers = KEY) {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
  return response.json();
}

async function register(userId) {
  const input = {
    user: { userId, name: userId.toUpperCase(), email: `${userId}@example.com` },
    account: { provider: "github", providerAccountId: `${userId}-at-github`, type: "oauth" },
    session: {},
  };
  const document = `mutation($input: RegisterUserInput!) {
    registerUser(input: $input) { user { id } session { token } userErrors { message } } }`;
  const { data } = await authgraph(document, { input });
  assert.deepEqual(data.registerUser.userErrors, []);
  people[userId] = { id: data.registerUser.user.id, token: data.registerUser.session.token };
}

function compose(text) {
  const { errors, supergraphSdl } = composeServices([
    { name: "authgraph", url, typeDefs: parse(text) },
    { name: "posts", url: "http://posts.invalid", typeDefs: POSTS },
  ]);
  assert.equal(errors, undefined, String(errors));
  return supergraphSdl;
}

class Authgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    sent.push({ query: request.query, variables: request.variables });
    // What docs/federation.md tells gateways to pass on.
    for (const name of ["authorization", "cookie", "origin"]) {
      if (context[name]) request.http.headers.set(name, context[name]);
    }
  }
}

async function ask(query, context = KEY, variables = {}) {
  sent.length = 0;
  const request = { query, variables };
  // What Apollo Server gives a gateway.
  const given = { request, document: parse(query), queryHash: query, context, schema, cache: {}, logger: console, metrics: {} };
  const { data, errors } = JSON.parse(JSON.stringify(await executor(given)));
  return { data, codes: (errors ?? []).map(({ extensions }) => extensions.code) };
}

before(async () => {
  const service = await authgraph("{ _service { sdl } }");
  sdl = service.data._service.sdl;
  supergraph = compose(sdl);
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    buildService: ({ name }) =>
      name === "authgraph" ? new Authgraph({ url }) : new LocalGraphQLDataSource(buildSubgraphSchema({ typeDefs: POSTS, resolvers: RESOLVERS })),
  });
  ({ executor, schema } = await gateway.load());
  for (const userId of ["ada", "bob"]) await register(userId);
});

test("the supergraph has the costs, and no scopes", () => {
  assert.match(supergraph, /specs\.apollo\.dev\/cost\//);
  assert.match(supergraph, /@listSize\(assumedSize: 50, slicingArguments: \["first"\]/);
  assert.doesNotMatch(supergraph, /requiresScopes/);
});

test("an operator can let the router check scopes", () => {
  // As docs/federation.md describes it.
  const changed = sdl
    .replace('import: ["@cost",', 'import: ["@requiresScopes", "@cost",')
    .replace(/"""[^"]*"""\ndirective @requiresScopes\([^)]*\) on [A-Z_| ]+/, "");
  assert.match(compose(changed), /@requiresScopes\(scopes: \[\["users:read"\], \[\]\]\)/);
});

test("authgraph fills in the authors of all posts in one request", async () => {
  const { data, codes } = await ask("{ latestPosts { nodes { title author { userId name } } pageInfo { endCursor } } }");
  assert.deepEqual(codes, []);
  assert.deepEqual(
    data.latestPosts.nodes.map(({ title, author }) => [title, author?.name ?? null]),
    [["First", "ADA"], ["Second", "BOB"], ["Third", "ADA"], ["Fourth", null]],
  );
  assert.equal(sent.length, 1);
  assert.deepEqual(
    JSON.parse(JSON.stringify(sent[0].variables.representations)),
    BY.map(([, userId]) => ({ __typename: "User", userId })),
  );
});

test("the other subgraph adds fields to users and accounts", async () => {
  const { data, codes } = await ask(`query($first: Int) { users(first: $first) { nodes {
    name posts { title } accounts { nodes { provider stars } } } } }`, KEY, { first: 10 });
  assert.deepEqual(codes, []);
  const found = data.users.nodes.toSorted((one, other) => one.name.localeCompare(other.name));
  assert.deepEqual(found, [
    { name: "ADA", posts: [{ title: "First" }, { title: "Third" }], accounts: { nodes: [{ provider: "github", stars: 20 }] } },
    { name: "BOB", posts: [{ title: "Second" }], accounts: { nodes: [{ provider: "github", stars: 20 }] } },
  ]);
  assert.equal(sent.length, 1);
});

const WAYS = {
  "as a bearer token": () => ({ authorization: `Bearer ${people.ada.token}` }),
  "as a cookie with the origin of the page": () => ({ cookie: `authjs.session-token=${people.ada.token}`, origin }),
};

for (const [name, headers] of Object.entries(WAYS)) {
  test(`a person whose session is passed on ${name} sees their own data and nobody else's`, async () => {
    const { data, codes } = await ask("{ viewer { user { name posts { title } } } latestPosts { nodes { author { name } } } }", headers());
    assert.deepEqual(codes, []);
    assert.deepEqual(data.viewer.user, { name: "ADA", posts: [{ title: "First" }, { title: "Third" }] });
    assert.deepEqual(
      data.latestPosts.nodes.map(({ author }) => author?.name ?? null),
      ["ADA", null, "ADA", null],
    );
  });
}

test("nobody is refused by authgraph, and sees what the other subgraph shows", async () => {
  const { data, codes } = await ask("{ latestPosts { nodes { title author { name } } } }", {});
  assert.deepEqual([...new Set(codes)], ["UNAUTHENTICATED"]);
  assert.equal(data.latestPosts.nodes[0].title, "First");
  assert.ok(data.latestPosts.nodes.every(({ author }) => !author?.name));
});

test("a key without the scope is refused by authgraph", async () => {
  const made = await authgraph(`mutation { createApiKey(input: { name: "posts", scopes: [ACCOUNTS_READ] }) { secret } }`);
  const key = { authorization: `Bearer ${made.data.createApiKey.secret}` };
  const { codes } = await ask("{ latestPosts { nodes { author { name } } } }", key);
  assert.deepEqual([...new Set(codes)], ["FORBIDDEN"]);
});

test("any node is fetched through the gateway", async () => {
  const { data, codes } = await ask(`query($id: ID!) { node(id: $id) { id ... on User { name posts { title } } } }`, KEY, { id: people.bob.id });
  assert.deepEqual(codes, []);
  assert.deepEqual(data.node, { id: people.bob.id, name: "BOB", posts: [{ title: "Second" }] });
});
