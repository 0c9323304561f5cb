// gql.tada infers the types of a document from the schema; a type that differs fails the type check.

import { initGraphQLTada, type ResultOf, type VariablesOf } from "gql.tada";

import type { introspection } from "./graphql-env.d.ts";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { ID: string; DateTime: string; JSON: Record<string, unknown>; BigInt: number | string };
}>();

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_ extends true>(): void => {};

const USER = graphql(`
  query User($by: UserBy!) {
    user(by: $by) {
      id
      name
      emailVerified
      attributes
    }
  }
`);
holds<
  Equal<
    ResultOf<typeof USER>,
    {
      user: { id: string; name: string | null; emailVerified: string | null; attributes: Record<string, unknown> } | null;
    }
  >
>();
export const variables: VariablesOf<typeof USER> = { by: { userId: "ada" } };

const SCOPES = graphql(`
  query Scopes {
    caller {
      kind
    }
  }
`);
holds<Equal<ResultOf<typeof SCOPES>["caller"]["kind"], "ANONYMOUS" | "PERSON" | "API_KEY">>();
