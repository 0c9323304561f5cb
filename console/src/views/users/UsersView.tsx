import { useMemo, useState } from "react";
import { useQuery } from "urql";

import { useCan } from "../../caller";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Page } from "../../components/Page";
import { Pager } from "../../components/Pager";
import { EmptyState, ErrorState } from "../../components/States";
import { TableSkeleton } from "../../components/Table";
import { type DirectoryList, ListsDocument, UsersDocument } from "../../graphql";
import { useParameters } from "../../router";
import { NewUserDialog } from "./NewUserDialog";
import { CONDITIONS, variablesOf } from "./parameters";
import { Toolbar } from "./Toolbar";
import { UserTable } from "./UserTable";

const FIRST_PAGE = { after: null, before: null };
const WITHOUT_CONDITIONS = Object.fromEntries(CONDITIONS.map((name) => [name, null]));
const NO_LISTS: ReadonlySet<DirectoryList> = new Set();

/** Every user, in the order and by the conditions that the address has. */
export function UsersView() {
  const can = useCan();
  const [parameters, change] = useParameters();
  const [isCreating, setCreating] = useState(false);
  const [lists] = useQuery({ query: ListsDocument });
  const kept = useMemo(
    () => (lists.data ? new Set(lists.data.directory?.lists.map(({ list }) => list)) : NO_LISTS),
    [lists.data],
  );
  const variables = useMemo(() => variablesOf(parameters, kept, can("ACCOUNTS_READ")), [parameters, kept]);
  const [{ data, error, fetching }, refetch] = useQuery({
    query: UsersDocument,
    variables,
    pause: !lists.data,
    requestPolicy: "cache-and-network",
  });
  const isFiltered = CONDITIONS.some((name) => parameters.get(name));
  const isLaterPage = parameters.has("after") || parameters.has("before");
  const count = lists.data?.userCount;

  const found = data?.users;
  const failure = lists.error ?? error;
  return (
    <Page
      title="Users"
      actions={
        can("USERS_WRITE") && (
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            New user
          </Button>
        )
      }
      lead={count ? `${Number(count.value).toLocaleString("en")} users when they were last counted` : undefined}
    >
      {isCreating && <NewUserDialog onClose={() => setCreating(false)} />}
      <Toolbar kept={kept} isFiltered={isFiltered} onClear={() => change({ ...WITHOUT_CONDITIONS, ...FIRST_PAGE })} />
      {found && !found.complete && kept.size > 0 && (
        <p className="notice warn">
          <Icon name="info" />
          <span>
            This list does not have every user yet. An operator completes it with <code>python server.py directory build</code>.
          </span>
        </p>
      )}
      {failure && !fetching ? (
        <div className="card">
          <ErrorState error={failure} onRetry={() => refetch({ requestPolicy: "network-only" })} />
          {isLaterPage && (
            <div className="state-more">
              <Button onClick={() => change(FIRST_PAGE)}>First page</Button>
            </div>
          )}
        </div>
      ) : !found ? (
        <TableSkeleton />
      ) : found.nodes.length === 0 ? (
        <div className="card">
          <NobodyFound hasMore={found.pageInfo.hasNextPage} isLaterPage={isLaterPage} isFiltered={isFiltered} />
        </div>
      ) : (
        <UserTable users={found.nodes} hasSignIns={kept.has("SIGNED_IN")} isStale={fetching} />
      )}
      {found && (found.nodes.length > 0 || found.pageInfo.hasNextPage || isLaterPage) && (
        <Pager
          label="Pages of users"
          isBusy={fetching}
          onPrevious={
            found.pageInfo.hasPreviousPage ? () => change({ before: found.pageInfo.startCursor, after: null }) : null
          }
          onNext={found.pageInfo.hasNextPage ? () => change({ after: found.pageInfo.endCursor, before: null }) : null}
          onFirst={isLaterPage ? () => change(FIRST_PAGE) : null}
        >
          {found.nodes.length === 1 ? "1 user" : `${found.nodes.length} users`} on this page
        </Pager>
      )}
    </Page>
  );
}

interface NobodyFoundProps {
  hasMore: boolean;
  isLaterPage: boolean;
  isFiltered: boolean;
}

function NobodyFound({ hasMore, isLaterPage, isFiltered }: NobodyFoundProps) {
  const [parameters, change] = useParameters();
  const q = parameters.get("q");
  if (hasMore) {
    return (
      <EmptyState title="No match so far">
        <p>Only a part of the users was looked through. Go on with “Next”.</p>
      </EmptyState>
    );
  }
  if (q && !parameters.get("anywhere")) {
    return (
      <EmptyState title={`Nobody is found by “${q}”`}>
        <p>A search looks at the beginning of e-mail addresses and names, at whole user ids, and at accounts such as github:12345.</p>
        <Button icon="search" onClick={() => change({ ...FIRST_PAGE, anywhere: "yes" })}>
          Look anywhere in names and addresses
        </Button>
      </EmptyState>
    );
  }
  if (isFiltered || isLaterPage) {
    return (
      <EmptyState title="No user matches">
        <p>Change the conditions, or clear them.</p>
        <Button onClick={() => change({ ...WITHOUT_CONDITIONS, ...FIRST_PAGE })}>Clear all conditions</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="users" title="There are no users yet">
      <p>
        They appear here as they sign up. For development, <code>python server.py seed</code> invents some.
      </p>
    </EmptyState>
  );
}
