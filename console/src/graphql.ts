/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type CallerKind =
  | 'ANONYMOUS'
  | 'API_KEY'
  | 'PERSON';

export type Scope =
  | 'ACCOUNTS_READ'
  | 'ACCOUNTS_WRITE'
  | 'ADAPTER'
  | 'ADMIN'
  | 'AUDIT_READ'
  | 'HEALTH_READ'
  | 'SECRETS_READ'
  | 'SESSIONS_READ'
  | 'SESSIONS_WRITE'
  | 'TOKENS_WRITE'
  | 'USERS_IMPERSONATE'
  | 'USERS_READ'
  | 'USERS_WRITE';

export type CallerQueryVariables = Exact<{ [key: string]: never; }>;


export type CallerQuery = { caller: { kind: CallerKind, scopes: Array<Scope> } };


export const CallerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Caller"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"caller"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}}]}}]}}]} as unknown as DocumentNode<CallerQuery, CallerQueryVariables>;