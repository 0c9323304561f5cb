// Relay removes the edge of a session that is signed out from its store, without reading the list again.
//
// The argument is the folder of what relay-compiler has made.

import assert from "node:assert/strict";

import relay from "relay-runtime";

import { ask, headers, registerUsers, url } from "./api.mjs";

const { commitMutation, ConnectionHandler, createOperationDescriptor, Environment, fetchQuery, Network, RecordSource, Store } =
  relay;
const [folder] = process.argv.slice(2);
const { default: SESSIONS } = await import(`${folder}/sessionsPageQuery.graphql.js`);
const { default: SIGN_OUT } = await import(`${folder}/sessionsPageSignOutMutation.graphql.js`);

let requests = 0;
async function send({ text }, variables) {
  requests += 1;
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ query: text, variables }),
  });
  return response.json();
}
const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });

const {
  ids: [id],
} = await registerUsers(1);
for (const _ of "ab") {
  const { createSession } = await ask(
    "mutation ($input: CreateSessionInput!) { createSession(input: $input) { userErrors { message } } }",
    { input: { user: { id } } },
  );
  assert.deepEqual(createSession.userErrors, []);
}

const operation = createOperationDescriptor(SESSIONS, { user: { id } });
const shown = environment.retain(operation);
await fetchQuery(environment, SESSIONS, { user: { id } }).toPromise();
const listed = () =>
  environment.lookup(operation.fragment).data.user.sessions.edges.map(({ node }) => node.id);
const [gone, ...rest] = listed();
assert.equal(rest.length, 2);

const connections = [ConnectionHandler.getConnectionID(id, "sessionsPage_sessions")];
const signOut = () =>
  new Promise((onCompleted, onError) =>
    commitMutation(environment, {
      mutation: SIGN_OUT,
      variables: { input: { by: { id: gone } }, connections },
      onCompleted: ({ deleteSession }) => onCompleted(deleteSession),
      onError,
    }),
  );
requests = 0;
assert.deepEqual(await signOut(), { deletedSessionId: gone, userErrors: [] });
assert.deepEqual(listed(), rest);

// When it is gone already, it is gone all the same.
assert.equal((await signOut()).deletedSessionId, gone);
assert.deepEqual(listed(), rest);
assert.equal(requests, 2);
shown.dispose();
