import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useQuery } from "urql";

import { ErrorState } from "./components/States";
import { CallerDocument, type CallerQuery } from "./graphql";

export type Scope = CallerQuery["caller"]["scopes"][number];

const Scopes = createContext<ReadonlySet<Scope>>(new Set());

/** Asks once which scopes the key has. Everything below can ask `useCan` what it may offer. */
export function WithCaller({ children }: { children: ReactNode }) {
  const [{ data, error }, refetch] = useQuery({ query: CallerDocument });
  const scopes = useMemo(() => new Set(data?.caller.scopes), [data]);
  if (data) return <Scopes value={scopes}>{children}</Scopes>;
  return (
    <main className="sign-in">
      <h1 className="unseen">authgraph console</h1>
      {error ? (
        <div className="card">
          <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />
        </div>
      ) : (
        <p className="quiet" role="status">
          Signing in …
        </p>
      )}
    </main>
  );
}

export function useScopes() {
  return useContext(Scopes);
}

/** Whether the key has all of these scopes. */
export function useCan() {
  const scopes = useContext(Scopes);
  return (...wanted: Scope[]) => scopes.has("ADMIN") || wanted.every((scope) => scopes.has(scope));
}
