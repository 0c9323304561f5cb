import { createHash } from "node:crypto";
import { GraphQLScalarType } from "graphql";
import { requireAdmin } from "./auth.js";
import { adapter, firstUsers, registerUser } from "./table.js";

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar BigInt

  type User {
    id: ID!
    userId: ID!
    name: String
    email: String
    emailVerified: DateTime
    image: String
    accounts(first: Int = 50): AccountConnection!
    sessions(first: Int = 50): SessionConnection!
  }
  type Account {
    id: ID!
    provider: String!
    providerAccountId: String!
    type: String!
    scope: String
    tokenType: String
    expiresAt: BigInt
  }
  type Session {
    id: ID!
    expires: DateTime!
    expired: Boolean!
  }
  type UserConnection {
    nodes: [User!]!
  }
  type AccountConnection {
    nodes: [Account!]!
  }
  type SessionConnection {
    nodes: [Session!]!
  }
  type Viewer {
    user: User!
    session: Session!
  }
  type UserError {
    code: String!
  }
  type SessionPayload {
    session: Session
    userErrors: [UserError!]!
  }
  type RegisterUserPayload {
    user: User
    account: Account
    session: Session
    userErrors: [UserError!]!
  }
  input UserBy @oneOf {
    userId: ID
    email: String
  }
  input SessionBy @oneOf {
    sessionToken: String
  }
  input UpdateSessionInput {
    by: SessionBy!
    expires: DateTime
  }
  input CreateSessionInput {
    user: UserBy!
    sessionToken: String!
    expires: DateTime!
  }
  input NewUserInput {
    email: String
    emailVerified: DateTime
    name: String
    image: String
  }
  input RegisterAccountInput {
    provider: String!
    providerAccountId: String!
    type: String!
    accessToken: String
    scope: String
    tokenType: String
  }
  input RegisterSessionInput {
    sessionToken: String!
    expires: DateTime!
  }
  input RegisterUserInput {
    user: NewUserInput!
    account: RegisterAccountInput!
    session: RegisterSessionInput
  }
  type Query {
    viewer: Viewer
    user(by: UserBy!): User
    usersById(ids: [ID!]!): [User]!
    users(first: Int! = 50): UserConnection!
  }
  type Mutation {
    createSession(input: CreateSessionInput!): SessionPayload!
    updateSession(input: UpdateSessionInput!): SessionPayload!
    registerUser(input: RegisterUserInput!): RegisterUserPayload!
  }
`;

const DateTime = new GraphQLScalarType({
  name: "DateTime",
  serialize: (value) => value.toISOString(),
  parseValue: (value) => new Date(value),
});
const BigInt = new GraphQLScalarType({ name: "BigInt", serialize: Number, parseValue: Number });

const isExpired = (session) => session.expires.getTime() <= Date.now();

export const resolvers = {
  DateTime,
  BigInt,
  User: {
    userId: (user) => user.id,
    accounts: async (user, { first }, { loaders }) => {
      const { accounts } = await loaders.itemsOfUser.load(user.id);
      return { nodes: accounts.slice(0, first) };
    },
    sessions: async (user, { first }, { loaders }) => {
      const { sessions } = await loaders.itemsOfUser.load(user.id);
      const valid = sessions.filter((session) => !isExpired(session));
      return { nodes: valid.sort((one, other) => other.expires - one.expires).slice(0, first) };
    },
  },
  Account: {
    tokenType: (account) => account.token_type,
    expiresAt: (account) => account.expires_at,
  },
  Session: {
    id: (session) => createHash("sha256").update(session.sessionToken).digest("hex"),
    expired: isExpired,
  },
  Query: {
    viewer: async (_, __, { sessionToken }) => {
      const found = sessionToken ? await adapter.getSessionAndUser(sessionToken) : null;
      return found && !isExpired(found.session) ? found : null;
    },
    user: (_, { by }, context) => {
      requireAdmin(context);
      return by.userId ? context.loaders.users.load(by.userId) : adapter.getUserByEmail(by.email);
    },
    usersById: (_, { ids }, context) => {
      requireAdmin(context);
      return context.loaders.users.loadMany(ids);
    },
    users: async (_, { first }, context) => {
      requireAdmin(context);
      return { nodes: await firstUsers(first) };
    },
  },
  Mutation: {
    createSession: async (_, { input: { user, sessionToken, expires } }, context) => {
      requireAdmin(context);
      const userId = user.userId ?? (await adapter.getUserByEmail(user.email))?.id;
      if (userId === undefined) {
        return { session: null, userErrors: [{ code: "NOT_FOUND" }] };
      }
      return { session: await adapter.createSession({ userId, sessionToken, expires }), userErrors: [] };
    },
    registerUser: async (_, { input }, context) => {
      requireAdmin(context);
      const registered = await registerUser(input);
      return registered ? { ...registered, userErrors: [] } : { userErrors: [{ code: "ALREADY_EXISTS" }] };
    },
    updateSession: async (_, { input }, context) => {
      requireAdmin(context);
      const session = await adapter.updateSession({ sessionToken: input.by.sessionToken, expires: input.expires });
      return session ? { session, userErrors: [] } : { session: null, userErrors: [{ code: "NOT_FOUND" }] };
    },
  },
};
