import { useCallback, useState } from "react";
import { type TypedDocumentNode, useClient } from "urql";

import { toast } from "./components/Toasts";
import { explain } from "./errors";

interface UserError {
  code: string;
  message: string;
  path: string[];
}

/** Why a mutation was rejected, by the fields of its input. */
export class Rejection {
  constructor(private readonly userErrors: readonly UserError[]) {}

  /** The message to show at an input. */
  at(field: string): string | undefined {
    return this.userErrors.find(({ path }) => path[0] === field)?.message;
  }

  /** The messages that concern none of these fields, to show above the inputs. */
  besides(...fields: string[]): string[] {
    return this.userErrors.filter(({ path }) => !fields.includes(path[0] ?? "")).map(({ message }) => message);
  }

  has(code: string): boolean {
    return this.userErrors.some((error) => error.code === code);
  }
}

/** After a change, everything that is shown is asked for again: most changes have an audit event, and some end sessions. */
const EVERYTHING = ["User", "Account", "Session", "Authenticator", "ApiKey", "AuditEvent"];

/** Nothing was rejected. */
export const NO_REJECTION = new Rejection([]);

export type Outcome<Payload> = { payload: Payload; rejection: null } | { payload: null; rejection: Rejection };

/**
 * Sends a mutation whose only field is named `result`. Inputs that are rejected are in the outcome, for the form to show.
 * If the whole operation failed, a message says so, and the outcome has a rejection without fields.
 */
export function useChange<Payload extends { userErrors: UserError[] }, Variables extends object>(
  document: TypedDocumentNode<{ result: Payload | null }, Variables>,
): [change: (variables: Variables) => Promise<Outcome<Payload>>, isBusy: boolean] {
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const change = useCallback(
    async (variables: Variables): Promise<Outcome<Payload>> => {
      setBusy(true);
      const { data, error } = await client.mutation(document, variables, { additionalTypenames: EVERYTHING }).toPromise();
      setBusy(false);
      const payload = data?.result;
      if (payload && payload.userErrors.length === 0) return { payload, rejection: null };
      if (payload) return { payload: null, rejection: new Rejection(payload.userErrors) };
      if (error) {
        const { title, text } = explain(error);
        toast([title, text].filter(Boolean).join(". "), "bad");
      }
      return { payload: null, rejection: NO_REJECTION };
    },
    [client, document],
  );
  return [change, isBusy];
}
