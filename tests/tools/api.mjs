// What the scripts of the tools share: AUTHGRAPH_URL names the server, and AUTHGRAPH_ADMIN_KEY is a key for it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const { AUTHGRAPH_URL, AUTHGRAPH_ADMIN_KEY } = process.env;

export const url = AUTHGRAPH_URL;
export const headers = { authorization: `Bearer ${AUTHGRAPH_ADMIN_KEY}` };

/** The data of an operation that must succeed. */
export async function ask(query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Registers users whose names contain a word that no other name contains; returns the word, their names and their ids. */
export async function registerUsers(number) {
  const word = `w${randomUUID().slice(0, 8)}`;
  const names = Array.from({ length: number }, (_, index) => `${word} ${index}`);
  const ids = [];
  for (const name of names) {
    const { registerUser } = await ask(
      "mutation Register($input: RegisterUserInput!) { registerUser(input: $input) { user { id } userErrors { message } } }",
      { input: { user: { name }, account: { provider: "github", providerAccountId: name, type: "oauth" }, session: {} } },
    );
    assert.deepEqual(registerUser.userErrors, []);
    ids.push(registerUser.user.id);
  }
  return { word, names, ids };
}
