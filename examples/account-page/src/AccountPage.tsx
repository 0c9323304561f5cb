import { useQuery, type CombinedError } from "urql";

import { Activity } from "./Activity";
import { graphql } from "./gql";
import { LinkedAccounts } from "./LinkedAccounts";
import { Profile } from "./Profile";
import { Sessions } from "./Sessions";

const ACCOUNT_PAGE = graphql(`
  query AccountPage {
    viewer {
      user {
        ...Profile
        ...LinkedAccounts
        ...Activity
      }
      ...Sessions
    }
  }
`);

// The app leads back to this page afterwards.
const SIGN_IN = `${AUTH_PATH}/signin?${new URLSearchParams({ callbackUrl: window.location.href })}`;

export function AccountPage() {
  const [{ data, error, fetching }] = useQuery({ query: ACCOUNT_PAGE });

  if (error) return <Notice title="This did not work">{reason(error)}</Notice>;
  // The viewer of nobody is null.
  if (!data?.viewer && !fetching) {
    return (
      <Notice title="You are signed out">
        <a className="button" href={SIGN_IN}>
          Sign in
        </a>
      </Notice>
    );
  }
  return (
    <main aria-busy={fetching}>
      <h1>Your account</h1>
      {data?.viewer && (
        <>
          <Profile user={data.viewer.user} />
          <LinkedAccounts user={data.viewer.user} />
          <Sessions viewer={data.viewer} />
          <Activity user={data.viewer.user} />
        </>
      )}
    </main>
  );
}

function Notice({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <main className="notice">
      <h1>{title}</h1>
      {children}
    </main>
  );
}

function reason(error: CombinedError): string {
  if (error.networkError) return "The server cannot be reached. Try again in a moment.";
  return error.graphQLErrors.map(({ message }) => message).join(" ");
}
