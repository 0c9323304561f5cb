import { useState } from "react";
import { useMutation } from "urql";

import { graphql, useFragment, type FragmentType } from "./gql";

const SESSIONS = graphql(`
  fragment Sessions on Viewer {
    session {
      id
    }
    user {
      id
      sessions(first: 100) {
        nodes {
          id
          current
          expires
          attributes
        }
      }
    }
  }
`);

const SIGN_OUT = graphql(`
  mutation SignOut($session: ID!) {
    deleteSession(input: { by: { id: $session } }) {
      deletedSessionId
      userErrors {
        message
      }
    }
  }
`);

const SIGN_OUT_EVERYWHERE_ELSE = graphql(`
  mutation SignOutEverywhereElse($user: ID!, $session: ID!) {
    deleteSessions(input: { user: { id: $user }, keep: { id: $session } }) {
      deletedSessionIds
      userErrors {
        message
      }
    }
  }
`);

// What is cached of these types is asked for anew after a change.
const CHANGED = { additionalTypenames: ["Session", "Viewer"] };

export function Sessions(props: { viewer: FragmentType<typeof SESSIONS> }) {
  const { session: current, user } = useFragment(SESSIONS, props.viewer);
  const [{ fetching: isLeaving }, signOut] = useMutation(SIGN_OUT);
  const [{ fetching: isLeavingAll }, signOutEverywhereElse] = useMutation(SIGN_OUT_EVERYWHERE_ELSE);
  const [problem, setProblem] = useState<string | null>(null);
  const busy = isLeaving || isLeavingAll;
  // The list has the newest session first already.
  const sessions = [...user.sessions.nodes].sort((a, b) => Number(b.current) - Number(a.current));

  async function leave(session: string) {
    const { data, error } = await signOut({ session }, CHANGED);
    setProblem(error?.message ?? data?.deleteSession?.userErrors[0]?.message ?? null);
  }

  async function leaveEverywhereElse(session: string) {
    const { data, error } = await signOutEverywhereElse({ user: user.id, session }, CHANGED);
    setProblem(error?.message ?? data?.deleteSessions?.userErrors[0]?.message ?? null);
  }

  return (
    <section className="card" aria-labelledby="sessions">
      <header>
        <h2 id="sessions">Where you are signed in</h2>
        {current && sessions.length > 1 && (
          <button className="danger" disabled={busy} onClick={() => leaveEverywhereElse(current.id)}>
            Sign out everywhere else
          </button>
        )}
      </header>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {sessions.map((session) => (
          <li key={session.id}>
            <span className="mark" aria-hidden="true">
              <Screen />
            </span>
            <div>
              <strong>{device(session.attributes)}</strong>{" "}
              {session.current && <span className="badge good">this device</span>}
              {session.expires && (
                <p className="quiet">
                  Until <time dateTime={session.expires}>{DATE.format(new Date(session.expires))}</time>
                </p>
              )}
            </div>
            <button disabled={busy} onClick={() => leave(session.id)}>
              {session.current ? "Sign out this device" : "Sign out"}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const DATE = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

/** What the app stored of the device with its session; Auth.js by itself stores nothing. */
function device({ device }: Record<string, unknown>): string {
  return typeof device === "string" ? device : "A device";
}

function Screen() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5">
      <rect x="2.5" y="3.5" width="15" height="10" rx="1.5" />
      <path d="M7 17h6M10 13.5V17" strokeLinecap="round" />
    </svg>
  );
}
