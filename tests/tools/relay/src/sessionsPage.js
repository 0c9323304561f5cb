// What a page with Relay asks for.

import { graphql } from "relay-runtime";

export const SESSIONS = graphql`
  query sessionsPageQuery($user: UserBy!) {
    user(by: $user) {
      id
      sessions(first: 10) @connection(key: "sessionsPage_sessions") {
        edges {
          node {
            id
            expires
          }
        }
      }
    }
  }
`;

export const SIGN_OUT = graphql`
  mutation sessionsPageSignOutMutation($input: DeleteSessionInput!, $connections: [ID!]!) {
    deleteSession(input: $input) {
      deletedSessionId @deleteEdge(connections: $connections)
      userErrors {
        code
      }
    }
  }
`;
