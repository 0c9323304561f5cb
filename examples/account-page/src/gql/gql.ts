/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query AccountPage {\n    viewer {\n      user {\n        ...Profile\n        ...LinkedAccounts\n        ...Activity\n      }\n      ...Sessions\n    }\n  }\n": typeof types.AccountPageDocument,
    "\n  fragment Activity on User {\n    auditEvents(first: 10) {\n      nodes {\n        at\n        action\n      }\n    }\n  }\n": typeof types.ActivityFragmentDoc,
    "\n  fragment LinkedAccounts on User {\n    accounts(first: 20) {\n      nodes {\n        id\n        provider\n        providerAccountId\n      }\n    }\n  }\n": typeof types.LinkedAccountsFragmentDoc,
    "\n  fragment Profile on User {\n    name\n    email\n    emailVerified\n    image\n  }\n": typeof types.ProfileFragmentDoc,
    "\n  fragment Sessions on Viewer {\n    session {\n      id\n    }\n    user {\n      id\n      sessions(first: 100) {\n        nodes {\n          id\n          current\n          expires\n          attributes\n        }\n      }\n    }\n  }\n": typeof types.SessionsFragmentDoc,
    "\n  mutation SignOut($session: ID!) {\n    deleteSession(input: { by: { id: $session } }) {\n      deletedSessionId\n      userErrors {\n        message\n      }\n    }\n  }\n": typeof types.SignOutDocument,
    "\n  mutation SignOutEverywhereElse($user: ID!, $session: ID!) {\n    deleteSessions(input: { user: { id: $user }, keep: { id: $session } }) {\n      deletedSessionIds\n      userErrors {\n        message\n      }\n    }\n  }\n": typeof types.SignOutEverywhereElseDocument,
};
const documents: Documents = {
    "\n  query AccountPage {\n    viewer {\n      user {\n        ...Profile\n        ...LinkedAccounts\n        ...Activity\n      }\n      ...Sessions\n    }\n  }\n": types.AccountPageDocument,
    "\n  fragment Activity on User {\n    auditEvents(first: 10) {\n      nodes {\n        at\n        action\n      }\n    }\n  }\n": types.ActivityFragmentDoc,
    "\n  fragment LinkedAccounts on User {\n    accounts(first: 20) {\n      nodes {\n        id\n        provider\n        providerAccountId\n      }\n    }\n  }\n": types.LinkedAccountsFragmentDoc,
    "\n  fragment Profile on User {\n    name\n    email\n    emailVerified\n    image\n  }\n": types.ProfileFragmentDoc,
    "\n  fragment Sessions on Viewer {\n    session {\n      id\n    }\n    user {\n      id\n      sessions(first: 100) {\n        nodes {\n          id\n          current\n          expires\n          attributes\n        }\n      }\n    }\n  }\n": types.SessionsFragmentDoc,
    "\n  mutation SignOut($session: ID!) {\n    deleteSession(input: { by: { id: $session } }) {\n      deletedSessionId\n      userErrors {\n        message\n      }\n    }\n  }\n": types.SignOutDocument,
    "\n  mutation SignOutEverywhereElse($user: ID!, $session: ID!) {\n    deleteSessions(input: { user: { id: $user }, keep: { id: $session } }) {\n      deletedSessionIds\n      userErrors {\n        message\n      }\n    }\n  }\n": types.SignOutEverywhereElseDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query AccountPage {\n    viewer {\n      user {\n        ...Profile\n        ...LinkedAccounts\n        ...Activity\n      }\n      ...Sessions\n    }\n  }\n"): (typeof documents)["\n  query AccountPage {\n    viewer {\n      user {\n        ...Profile\n        ...LinkedAccounts\n        ...Activity\n      }\n      ...Sessions\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Activity on User {\n    auditEvents(first: 10) {\n      nodes {\n        at\n        action\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment Activity on User {\n    auditEvents(first: 10) {\n      nodes {\n        at\n        action\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment LinkedAccounts on User {\n    accounts(first: 20) {\n      nodes {\n        id\n        provider\n        providerAccountId\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment LinkedAccounts on User {\n    accounts(first: 20) {\n      nodes {\n        id\n        provider\n        providerAccountId\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Profile on User {\n    name\n    email\n    emailVerified\n    image\n  }\n"): (typeof documents)["\n  fragment Profile on User {\n    name\n    email\n    emailVerified\n    image\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment Sessions on Viewer {\n    session {\n      id\n    }\n    user {\n      id\n      sessions(first: 100) {\n        nodes {\n          id\n          current\n          expires\n          attributes\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  fragment Sessions on Viewer {\n    session {\n      id\n    }\n    user {\n      id\n      sessions(first: 100) {\n        nodes {\n          id\n          current\n          expires\n          attributes\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SignOut($session: ID!) {\n    deleteSession(input: { by: { id: $session } }) {\n      deletedSessionId\n      userErrors {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SignOut($session: ID!) {\n    deleteSession(input: { by: { id: $session } }) {\n      deletedSessionId\n      userErrors {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SignOutEverywhereElse($user: ID!, $session: ID!) {\n    deleteSessions(input: { user: { id: $user }, keep: { id: $session } }) {\n      deletedSessionIds\n      userErrors {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SignOutEverywhereElse($user: ID!, $session: ID!) {\n    deleteSessions(input: { user: { id: $user }, keep: { id: $session } }) {\n      deletedSessionIds\n      userErrors {\n        message\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;