// TanStack Query reads a list to its end, page by page, and reads it anew after a mutation.

import assert from "node:assert/strict";

import { QueryClient } from "@tanstack/query-core";

import { ask, registerUsers } from "./api.mjs";

const people = await registerUsers(5);

const USERS = `query Users($after: String, $filter: UserFilter) {
  users(first: 2, after: $after, filter: $filter) { nodes { id name } pageInfo { hasNextPage endCursor } }
}`;
const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
const users = {
  queryKey: ["users", people.word],
  queryFn: ({ pageParam }) => ask(USERS, { after: pageParam, filter: { contains: people.word } }),
  initialPageParam: null,
  getNextPageParam: ({ users: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  pages: 100,
};
const names = (data) => data.pages.flatMap((page) => page.users.nodes.map(({ name }) => name)).sort();

assert.deepEqual(names(await client.fetchInfiniteQuery(users)), people.names);

const { updateUser } = await ask(
  "mutation Rename($input: UpdateUserInput!) { updateUser(input: $input) { userErrors { message } } }",
  { input: { by: { id: people.ids[0] }, name: `${people.word} renamed` } },
);
assert.deepEqual(updateUser.userErrors, []);
assert.deepEqual(names(await client.fetchInfiniteQuery(users)), people.names);
await client.invalidateQueries({ queryKey: ["users"], refetchType: "none" });
assert.ok(names(await client.fetchInfiniteQuery(users)).includes(`${people.word} renamed`));
