// Schema stitching: the users of another service are merged with ours, with one request for all of them.

import assert from "node:assert/strict";

import { buildHTTPExecutor } from "@graphql-tools/executor-http";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { stitchSchemas } from "@graphql-tools/stitch";
import { schemaFromExecutor } from "@graphql-tools/wrap";
import { graphql } from "graphql";

import { headers, registerUsers, url } from "./api.mjs";

const { ids, names } = await registerUsers(3);
let requests = 0;
const executor = buildHTTPExecutor({
  endpoint: url,
  headers,
  fetch: (...request) => {
    requests += 1;
    return fetch(...request);
  },
});

const posts = makeExecutableSchema({
  typeDefs: `
    type Query { posts: [Post!]! }
    type Post { title: String! author: User! }
    type User { id: ID! }
  `,
  resolvers: { Query: { posts: () => ids.map((id, index) => ({ title: `Post ${index}`, author: { id } })) } },
});
const schema = stitchSchemas({
  subschemas: [
    {
      schema: await schemaFromExecutor(executor),
      executor,
      merge: {
        User: {
          selectionSet: "{ id }",
          fieldName: "nodes",
          key: ({ id }) => id,
          argsFromKeys: (keys) => ({ ids: keys }),
        },
      },
    },
    { schema: posts },
  ],
});

requests = 0;
const { data, errors } = await graphql({ schema, source: "{ posts { title author { name disabled { at } } } }" });

assert.equal(errors, undefined);
assert.deepEqual(
  data.posts.map(({ author }) => author.name),
  names,
);
assert.equal(requests, 1);
