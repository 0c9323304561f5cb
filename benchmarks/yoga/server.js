import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { createSchema, createYoga } from "graphql-yoga";
import { authenticate } from "./auth.js";
import { loaders } from "./loaders.js";
import { resolvers, typeDefs } from "./schema.js";

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  plugins: process.env.PEER_JIT ? [useGraphQlJit()] : [],
  context: ({ request }) => ({ ...authenticate(request), loaders: loaders() }),
  graphiql: false,
  landingPage: false,
  cors: false,
  multipart: false,
  logging: false,
});

const server = createServer(yoga);
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
