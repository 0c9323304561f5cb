/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AccountBy =
  {   account: AccountKey; id?: never; }
  |  { account?: never;   id: string; };

export type AccountKey = {
  provider: string;
  providerAccountId: string;
};

export type AuthenticatorBy =
  {   credentialId: string; id?: never; }
  |  { credentialId?: never;   id: string; };

export type CreateAuthenticatorInput = {
  backedUp: boolean;
  counter: number;
  credentialId: string;
  credentialPublicKey: string;
  deviceType: DeviceType;
  idempotencyKey?: string | null | undefined;
  providerAccountId: string;
  transports?: Array<string> | null | undefined;
  user: UserBy;
};

export type CreateSessionInput = {
  attributes?: Record<string, unknown> | null | undefined;
  expires?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
  impersonator?: string | null | undefined;
  ipAddress?: string | null | undefined;
  sessionToken?: string | null | undefined;
  user: UserBy;
  userAgent?: string | null | undefined;
};

export type CreateUserInput = {
  attributes?: Record<string, unknown> | null | undefined;
  email?: string | null | undefined;
  emailVerified?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
  image?: string | null | undefined;
  name?: string | null | undefined;
  userId?: string | null | undefined;
};

export type CreateVerificationTokenInput = {
  expires: string;
  idempotencyKey?: string | null | undefined;
  identifier: string;
  invalidateOlder?: boolean;
  token: string;
};

export type DeleteSessionInput = {
  by: SessionBy;
};

export type DeleteUserInput = {
  by: UserBy;
  idempotencyKey?: string | null | undefined;
};

export type DeviceType =
  | 'MULTI_DEVICE'
  | 'SINGLE_DEVICE';

export type ErrorCode =
  | 'DISABLED'
  | 'EXPIRED'
  | 'FORBIDDEN'
  | 'INVALID'
  | 'LAST_SIGN_IN'
  | 'NOT_FOUND'
  | 'SIGN_IN_AGAIN'
  | 'STALE'
  | 'TAKEN'
  | 'UNAVAILABLE';

export type LinkAccountInput = {
  accessToken?: string | null | undefined;
  attributes?: Record<string, unknown> | null | undefined;
  expiresAt?: number | null | undefined;
  idToken?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
  provider: string;
  providerAccountId: string;
  refreshToken?: string | null | undefined;
  scope?: string | null | undefined;
  sessionState?: string | null | undefined;
  tokenType?: string | null | undefined;
  type: string;
  user: UserBy;
};

export type SessionBy =
  {   id: string; sessionToken?: never; }
  |  { id?: never;   sessionToken: string; };

export type UnlinkAccountInput = {
  by: AccountBy;
  force?: boolean;
};

export type UpdateAuthenticatorCounterInput = {
  by: AuthenticatorBy;
  counter: number;
};

export type UpdateSessionInput = {
  attributes?: Record<string, unknown> | null | undefined;
  by: SessionBy;
  expires?: string | null | undefined;
  removeAttributes?: Array<string> | null | undefined;
};

export type UpdateUserInput = {
  attributes?: Record<string, unknown> | null | undefined;
  by: UserBy;
  email?: string | null | undefined;
  emailVerified?: string | null | undefined;
  image?: string | null | undefined;
  name?: string | null | undefined;
  removeAttributes?: Array<string> | null | undefined;
};

export type UseVerificationTokenInput = {
  idempotencyKey?: string | null | undefined;
  identifier: string;
  token: string;
};

export type UserBy =
  {   account: AccountKey; email?: never; id?: never; sessionToken?: never; userId?: never; }
  |  { account?: never;   email: string; id?: never; sessionToken?: never; userId?: never; }
  |  { account?: never; email?: never;   id: string; sessionToken?: never; userId?: never; }
  |  { account?: never; email?: never; id?: never;   sessionToken: string; userId?: never; }
  |  { account?: never; email?: never; id?: never; sessionToken?: never;   userId: string; };

export type AccountFieldsFragment = { provider: string, providerAccountId: string, type: string, scope: string | null, tokenType: string | null, expiresAt: number | string | null, sessionState: string | null, userId: string };

export type GetAccountQueryVariables = Exact<{
  account: AccountKey;
}>;


export type GetAccountQuery = { account: { provider: string, providerAccountId: string, type: string, scope: string | null, tokenType: string | null, expiresAt: number | string | null, sessionState: string | null, userId: string } | null };

export type LinkAccountMutationVariables = Exact<{
  input: LinkAccountInput;
}>;


export type LinkAccountMutation = { result: { userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type UnlinkAccountMutationVariables = Exact<{
  input: UnlinkAccountInput;
}>;


export type UnlinkAccountMutation = { result: { account: { provider: string, providerAccountId: string, type: string, scope: string | null, tokenType: string | null, expiresAt: number | string | null, sessionState: string | null, userId: string } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type AuthenticatorFieldsFragment = { userId: string, credentialId: string, providerAccountId: string, credentialPublicKey: string, counter: number | string, deviceType: DeviceType | null, backedUp: boolean, transports: Array<string> | null };

export type GetAuthenticatorQueryVariables = Exact<{
  credentialId: string;
}>;


export type GetAuthenticatorQuery = { authenticator: { userId: string, credentialId: string, providerAccountId: string, credentialPublicKey: string, counter: number | string, deviceType: DeviceType | null, backedUp: boolean, transports: Array<string> | null } | null };

export type ListAuthenticatorsByUserIdQueryVariables = Exact<{
  userId: string;
  after?: string | null | undefined;
}>;


export type ListAuthenticatorsByUserIdQuery = { user: { authenticators: { nodes: Array<{ userId: string, credentialId: string, providerAccountId: string, credentialPublicKey: string, counter: number | string, deviceType: DeviceType | null, backedUp: boolean, transports: Array<string> | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type CreateAuthenticatorMutationVariables = Exact<{
  input: CreateAuthenticatorInput;
}>;


export type CreateAuthenticatorMutation = { result: { authenticator: { userId: string, credentialId: string, providerAccountId: string, credentialPublicKey: string, counter: number | string, deviceType: DeviceType | null, backedUp: boolean, transports: Array<string> | null } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type UpdateAuthenticatorCounterMutationVariables = Exact<{
  input: UpdateAuthenticatorCounterInput;
}>;


export type UpdateAuthenticatorCounterMutation = { result: { authenticator: { userId: string, credentialId: string, providerAccountId: string, credentialPublicKey: string, counter: number | string, deviceType: DeviceType | null, backedUp: boolean, transports: Array<string> | null } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type RefusalFragment = { code: ErrorCode, message: string, path: Array<string> };

export type SessionFieldsFragment = { userId: string, expires: string | null, createdAt: string | null, userAgent: string | null, ipAddress: string | null, impersonator: string | null, attributes: Record<string, unknown> };

export type GetSessionAndUserQueryVariables = Exact<{
  sessionToken: string;
}>;


export type GetSessionAndUserQuery = { session: { userId: string, expires: string | null, createdAt: string | null, userAgent: string | null, ipAddress: string | null, impersonator: string | null, attributes: Record<string, unknown>, user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null } | null };

export type CreateSessionMutationVariables = Exact<{
  input: CreateSessionInput;
}>;


export type CreateSessionMutation = { result: { session: { userId: string, expires: string | null, createdAt: string | null, userAgent: string | null, ipAddress: string | null, impersonator: string | null, attributes: Record<string, unknown> } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type UpdateSessionMutationVariables = Exact<{
  input: UpdateSessionInput;
}>;


export type UpdateSessionMutation = { result: { session: { userId: string, expires: string | null, createdAt: string | null, userAgent: string | null, ipAddress: string | null, impersonator: string | null, attributes: Record<string, unknown> } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type DeleteSessionMutationVariables = Exact<{
  input: DeleteSessionInput;
}>;


export type DeleteSessionMutation = { result: { session: { userId: string, expires: string | null, createdAt: string | null, userAgent: string | null, ipAddress: string | null, impersonator: string | null, attributes: Record<string, unknown> } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type UserFieldsFragment = { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null };

export type GetUserQueryVariables = Exact<{
  id: string;
}>;


export type GetUserQuery = { user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null };

export type GetUserByEmailQueryVariables = Exact<{
  email: string;
}>;


export type GetUserByEmailQuery = { user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null };

export type GetUserByAccountQueryVariables = Exact<{
  account: AccountKey;
}>;


export type GetUserByAccountQuery = { user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null };

export type CreateUserMutationVariables = Exact<{
  input: CreateUserInput;
}>;


export type CreateUserMutation = { result: { user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type UpdateUserMutationVariables = Exact<{
  input: UpdateUserInput;
}>;


export type UpdateUserMutation = { result: { user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type DeleteUserMutationVariables = Exact<{
  input: DeleteUserInput;
}>;


export type DeleteUserMutation = { result: { user: { userId: string, name: string | null, email: string | null, emailVerified: string | null, image: string | null, deletingAt: string | null, createdAt: string | null, lastSignInAt: string | null, attributes: Record<string, unknown>, disabled: { at: string, until: string | null } | null } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type CreateVerificationTokenMutationVariables = Exact<{
  input: CreateVerificationTokenInput;
}>;


export type CreateVerificationTokenMutation = { result: { verificationToken: { identifier: string, expires: string } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export type UseVerificationTokenMutationVariables = Exact<{
  input: UseVerificationTokenInput;
}>;


export type UseVerificationTokenMutation = { result: { verificationToken: { identifier: string, expires: string } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> }> } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AccountFieldsFragmentDoc = new TypedDocumentString(`
    fragment AccountFields on Account {
  provider
  providerAccountId
  type
  scope
  tokenType
  expiresAt
  sessionState
  userId
}
    `, {"fragmentName":"AccountFields"}) as unknown as TypedDocumentString<AccountFieldsFragment, unknown>;
export const AuthenticatorFieldsFragmentDoc = new TypedDocumentString(`
    fragment AuthenticatorFields on Authenticator {
  userId
  credentialId
  providerAccountId
  credentialPublicKey
  counter
  deviceType
  backedUp
  transports
}
    `, {"fragmentName":"AuthenticatorFields"}) as unknown as TypedDocumentString<AuthenticatorFieldsFragment, unknown>;
export const RefusalFragmentDoc = new TypedDocumentString(`
    fragment Refusal on UserError {
  code
  message
  path
}
    `, {"fragmentName":"Refusal"}) as unknown as TypedDocumentString<RefusalFragment, unknown>;
export const SessionFieldsFragmentDoc = new TypedDocumentString(`
    fragment SessionFields on Session {
  userId
  expires
  createdAt
  userAgent
  ipAddress
  impersonator
  attributes
}
    `, {"fragmentName":"SessionFields"}) as unknown as TypedDocumentString<SessionFieldsFragment, unknown>;
export const UserFieldsFragmentDoc = new TypedDocumentString(`
    fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}
    `, {"fragmentName":"UserFields"}) as unknown as TypedDocumentString<UserFieldsFragment, unknown>;
export const GetAccountDocument = new TypedDocumentString(`
    query GetAccount($account: AccountKey!) {
  account(by: {account: $account}) {
    ...AccountFields
  }
}
    fragment AccountFields on Account {
  provider
  providerAccountId
  type
  scope
  tokenType
  expiresAt
  sessionState
  userId
}`) as unknown as TypedDocumentString<GetAccountQuery, GetAccountQueryVariables>;
export const LinkAccountDocument = new TypedDocumentString(`
    mutation LinkAccount($input: LinkAccountInput!) {
  result: linkAccount(input: $input) {
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<LinkAccountMutation, LinkAccountMutationVariables>;
export const UnlinkAccountDocument = new TypedDocumentString(`
    mutation UnlinkAccount($input: UnlinkAccountInput!) {
  result: unlinkAccount(input: $input) {
    account {
      ...AccountFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment AccountFields on Account {
  provider
  providerAccountId
  type
  scope
  tokenType
  expiresAt
  sessionState
  userId
}
fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<UnlinkAccountMutation, UnlinkAccountMutationVariables>;
export const GetAuthenticatorDocument = new TypedDocumentString(`
    query GetAuthenticator($credentialId: String!) {
  authenticator(by: {credentialId: $credentialId}) {
    ...AuthenticatorFields
  }
}
    fragment AuthenticatorFields on Authenticator {
  userId
  credentialId
  providerAccountId
  credentialPublicKey
  counter
  deviceType
  backedUp
  transports
}`) as unknown as TypedDocumentString<GetAuthenticatorQuery, GetAuthenticatorQueryVariables>;
export const ListAuthenticatorsByUserIdDocument = new TypedDocumentString(`
    query ListAuthenticatorsByUserId($userId: ID!, $after: String) {
  user(by: {userId: $userId}) {
    authenticators(first: 100, after: $after) {
      nodes {
        ...AuthenticatorFields
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment AuthenticatorFields on Authenticator {
  userId
  credentialId
  providerAccountId
  credentialPublicKey
  counter
  deviceType
  backedUp
  transports
}`) as unknown as TypedDocumentString<ListAuthenticatorsByUserIdQuery, ListAuthenticatorsByUserIdQueryVariables>;
export const CreateAuthenticatorDocument = new TypedDocumentString(`
    mutation CreateAuthenticator($input: CreateAuthenticatorInput!) {
  result: createAuthenticator(input: $input) {
    authenticator {
      ...AuthenticatorFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment AuthenticatorFields on Authenticator {
  userId
  credentialId
  providerAccountId
  credentialPublicKey
  counter
  deviceType
  backedUp
  transports
}
fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<CreateAuthenticatorMutation, CreateAuthenticatorMutationVariables>;
export const UpdateAuthenticatorCounterDocument = new TypedDocumentString(`
    mutation UpdateAuthenticatorCounter($input: UpdateAuthenticatorCounterInput!) {
  result: updateAuthenticatorCounter(input: $input) {
    authenticator {
      ...AuthenticatorFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment AuthenticatorFields on Authenticator {
  userId
  credentialId
  providerAccountId
  credentialPublicKey
  counter
  deviceType
  backedUp
  transports
}
fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<UpdateAuthenticatorCounterMutation, UpdateAuthenticatorCounterMutationVariables>;
export const GetSessionAndUserDocument = new TypedDocumentString(`
    query GetSessionAndUser($sessionToken: String!) {
  session(by: {sessionToken: $sessionToken}) {
    ...SessionFields
    user {
      ...UserFields
    }
  }
}
    fragment SessionFields on Session {
  userId
  expires
  createdAt
  userAgent
  ipAddress
  impersonator
  attributes
}
fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<GetSessionAndUserQuery, GetSessionAndUserQueryVariables>;
export const CreateSessionDocument = new TypedDocumentString(`
    mutation CreateSession($input: CreateSessionInput!) {
  result: createSession(input: $input) {
    session {
      ...SessionFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}
fragment SessionFields on Session {
  userId
  expires
  createdAt
  userAgent
  ipAddress
  impersonator
  attributes
}`) as unknown as TypedDocumentString<CreateSessionMutation, CreateSessionMutationVariables>;
export const UpdateSessionDocument = new TypedDocumentString(`
    mutation UpdateSession($input: UpdateSessionInput!) {
  result: updateSession(input: $input) {
    session {
      ...SessionFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}
fragment SessionFields on Session {
  userId
  expires
  createdAt
  userAgent
  ipAddress
  impersonator
  attributes
}`) as unknown as TypedDocumentString<UpdateSessionMutation, UpdateSessionMutationVariables>;
export const DeleteSessionDocument = new TypedDocumentString(`
    mutation DeleteSession($input: DeleteSessionInput!) {
  result: deleteSession(input: $input) {
    session {
      ...SessionFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}
fragment SessionFields on Session {
  userId
  expires
  createdAt
  userAgent
  ipAddress
  impersonator
  attributes
}`) as unknown as TypedDocumentString<DeleteSessionMutation, DeleteSessionMutationVariables>;
export const GetUserDocument = new TypedDocumentString(`
    query GetUser($id: ID!) {
  user(by: {userId: $id}) {
    ...UserFields
  }
}
    fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<GetUserQuery, GetUserQueryVariables>;
export const GetUserByEmailDocument = new TypedDocumentString(`
    query GetUserByEmail($email: String!) {
  user(by: {email: $email}) {
    ...UserFields
  }
}
    fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<GetUserByEmailQuery, GetUserByEmailQueryVariables>;
export const GetUserByAccountDocument = new TypedDocumentString(`
    query GetUserByAccount($account: AccountKey!) {
  user(by: {account: $account}) {
    ...UserFields
  }
}
    fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<GetUserByAccountQuery, GetUserByAccountQueryVariables>;
export const CreateUserDocument = new TypedDocumentString(`
    mutation CreateUser($input: CreateUserInput!) {
  result: createUser(input: $input) {
    user {
      ...UserFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}
fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<CreateUserMutation, CreateUserMutationVariables>;
export const UpdateUserDocument = new TypedDocumentString(`
    mutation UpdateUser($input: UpdateUserInput!) {
  result: updateUser(input: $input) {
    user {
      ...UserFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}
fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<UpdateUserMutation, UpdateUserMutationVariables>;
export const DeleteUserDocument = new TypedDocumentString(`
    mutation DeleteUser($input: DeleteUserInput!) {
  result: deleteUser(input: $input) {
    user {
      ...UserFields
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}
fragment UserFields on User {
  userId
  name
  email
  emailVerified
  image
  disabled {
    at
    until
  }
  deletingAt
  createdAt
  lastSignInAt
  attributes
}`) as unknown as TypedDocumentString<DeleteUserMutation, DeleteUserMutationVariables>;
export const CreateVerificationTokenDocument = new TypedDocumentString(`
    mutation CreateVerificationToken($input: CreateVerificationTokenInput!) {
  result: createVerificationToken(input: $input) {
    verificationToken {
      identifier
      expires
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<CreateVerificationTokenMutation, CreateVerificationTokenMutationVariables>;
export const UseVerificationTokenDocument = new TypedDocumentString(`
    mutation UseVerificationToken($input: UseVerificationTokenInput!) {
  result: useVerificationToken(input: $input) {
    verificationToken {
      identifier
      expires
    }
    userErrors {
      ...Refusal
    }
  }
}
    fragment Refusal on UserError {
  code
  message
  path
}`) as unknown as TypedDocumentString<UseVerificationTokenMutation, UseVerificationTokenMutationVariables>;