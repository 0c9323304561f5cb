// What Relay asks of a schema: nodes that can be fetched anew, connections that can be paged, payloads that update.

import { graphql } from "relay-runtime";

export const PEOPLE = graphql`
  query peopleQuery($filter: UserFilter) {
    ...people_users @arguments(filter: $filter)
  }
`;

export const USERS = graphql`
  fragment people_users on Query
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 20 }
    after: { type: "String" }
    filter: { type: "UserFilter" }
  )
  @refetchable(queryName: "peoplePaginationQuery") {
    users(first: $first, after: $after, filter: $filter) @connection(key: "people_users") {
      edges {
        node {
          id
          ...people_user
        }
      }
    }
  }
`;

export const USER = graphql`
  fragment people_user on User @refetchable(queryName: "peopleUserRefetchQuery") {
    userId
    name
    email
    emailVerified
    attributes
    disabled {
      at
      until
    }
    ...people_sessions
  }
`;

export const SESSIONS = graphql`
  fragment people_sessions on User
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "peopleSessionsQuery") {
    sessions(first: $first, after: $after) @connection(key: "people_sessions") {
      edges {
        node {
          id
          current
          expires
        }
      }
    }
  }
`;

export const RENAME = graphql`
  mutation peopleRenameMutation($input: UpdateUserInput!) {
    updateUser(input: $input) {
      user {
        id
        name
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const SIGN_OUT = graphql`
  mutation peopleSignOutMutation($input: DeleteSessionInput!, $connections: [ID!]!) {
    deleteSession(input: $input) {
      deletedSessionId @deleteEdge(connections: $connections)
      user {
        id
      }
      userErrors {
        code
      }
    }
  }
`;
