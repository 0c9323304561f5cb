import { graphql, useFragment, type FragmentType } from "./gql";

const ACTIVITY = graphql(`
  fragment Activity on User {
    auditEvents(first: 10) {
      nodes {
        at
        action
      }
    }
  }
`);

// The API names what was done by its mutation. What is not listed here is not shown.
const WORDS: Record<string, string> = {
  createSession: "Signed in",
  deleteSession: "Signed out a device",
  deleteSessions: "Signed out everywhere else",
  registerUser: "Signed up",
  unlinkAccount: "Unlinked an account",
  updateUser: "Changed the profile",
};

export function Activity(props: { user: FragmentType<typeof ACTIVITY> }) {
  const { auditEvents } = useFragment(ACTIVITY, props.user);
  const events = auditEvents.nodes.filter(({ action }) => action in WORDS);
  if (events.length === 0) return null;
  return (
    <section className="card" aria-labelledby="activity">
      <h2 id="activity">Recent activity</h2>
      <ul>
        {events.map(({ at, action }) => (
          <li key={at}>
            <div>
              <strong>{WORDS[action]}</strong>
              <p className="quiet">{new Date(at).toLocaleString()}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
