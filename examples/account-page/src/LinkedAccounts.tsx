import { graphql, useFragment, type FragmentType } from "./gql";

const LINKED_ACCOUNTS = graphql(`
  fragment LinkedAccounts on User {
    accounts(first: 20) {
      nodes {
        id
        provider
        providerAccountId
      }
    }
  }
`);

// The API knows a provider by the id that the app gave it.
const NAMES: Record<string, string> = { apple: "Apple", github: "GitHub", gitlab: "GitLab", google: "Google" };

export function LinkedAccounts(props: { user: FragmentType<typeof LINKED_ACCOUNTS> }) {
  const { accounts } = useFragment(LINKED_ACCOUNTS, props.user);
  return (
    <section className="card" aria-labelledby="accounts">
      <h2 id="accounts">Linked accounts</h2>
      {accounts.nodes.length === 0 && <p className="quiet">None. You sign in with a link that is sent to you.</p>}
      <ul>
        {accounts.nodes.map(({ id, provider, providerAccountId }) => (
          <li key={id}>
            <span className="mark" aria-hidden="true">
              {provider.slice(0, 1).toUpperCase()}
            </span>
            <div>
              <strong>{NAMES[provider] ?? provider}</strong>
              <p className="quiet">{providerAccountId}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
