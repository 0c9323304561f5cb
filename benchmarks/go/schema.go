package main

const schemaText = `
directive @oneOf on INPUT_OBJECT

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
  sessionToken: String
  expires: DateTime
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
  refreshToken: String
  idToken: String
  scope: String
  tokenType: String
  expiresAt: BigInt
}
input RegisterSessionInput {
  sessionToken: String
  expires: DateTime
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
schema {
  query: Query
  mutation: Mutation
}
`
