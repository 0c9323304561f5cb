import { useMemo } from "react";
import { useQuery } from "urql";

import { useCan } from "../../caller";
import { Button } from "../../components/Button";
import { Page } from "../../components/Page";
import { Pager } from "../../components/Pager";
import { EmptyState, ErrorState } from "../../components/States";
import { type Column, Table, TableSkeleton } from "../../components/Table";
import { Time } from "../../components/Time";
import { actionName, actorName } from "../../events";
import { AuditEventsDocument, type AuditEventsQuery } from "../../graphql";
import { Link, useLocation, useParameters, withParameters } from "../../router";
import { API_KEY, CONDITIONS, filterOf, PERSON, SETTINGS } from "./conditions";
import { Filters, WITHOUT_CONDITIONS } from "./Filters";

type Event = NonNullable<AuditEventsQuery["auditEvents"]>["nodes"][number];

const PAGE_SIZE = 50;
const FIRST_PAGE = { after: null };

/** Every change, newest first, by the conditions that the address has. */
export function AuditView() {
  const can = useCan();
  const [parameters, change] = useParameters();
  const after = parameters.get("after");
  const filter = useMemo(() => filterOf(parameters), [parameters]);
  // Who is chosen, but not typed yet, is no condition.
  const isPaused = parameters.get("actor") === PERSON;
  const [{ data, error, fetching }, refetch] = useQuery({
    query: AuditEventsDocument,
    variables: { first: PAGE_SIZE, after, filter, withUsers: can("USERS_READ") },
    requestPolicy: "cache-and-network",
    pause: isPaused,
  });
  const found = data?.auditEvents;
  const isFiltered = CONDITIONS.some((name) => parameters.get(name));
  return (
    <Page
      title="Audit log"
      lead="Who changed what, newest first."
      actions={
        <Button icon="refresh" isBusy={fetching} onClick={() => refetch({ requestPolicy: "network-only" })}>
          Refresh
        </Button>
      }
    >
      <Filters />
      {error && !fetching ? (
        <div className="card">
          <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />
        </div>
      ) : isPaused ? (
        <div className="card">
          <EmptyState icon="log" title="Which person?">
            <p>Type the id of the person whose changes you look for.</p>
          </EmptyState>
        </div>
      ) : !found ? (
        <TableSkeleton />
      ) : found.nodes.length === 0 ? (
        <div className="card">
          <NothingFound
            isFiltered={isFiltered}
            isLaterPage={after !== null}
            hasMore={found.pageInfo.hasNextPage}
            onClear={() => change(WITHOUT_CONDITIONS)}
          />
        </div>
      ) : (
        <Table
          caption="Changes, newest first"
          className="audit-table"
          columns={COLUMNS}
          rows={found.nodes}
          keyOf={(event) => `${event.at} ${event.action} ${event.userId} ${event.requestId} ${found.nodes.indexOf(event)}`}
          isStale={fetching}
        />
      )}
      {found && !isPaused && (found.pageInfo.hasNextPage || after) && (
        <Pager
          label="Pages of events"
          isBusy={fetching}
          onPrevious={after ? () => window.history.back() : null}
          onNext={found.pageInfo.hasNextPage ? () => change({ after: found.pageInfo.endCursor }) : null}
          onFirst={after ? () => change(FIRST_PAGE) : null}
        >
          {found.nodes.length === 1 ? "1 event" : `${found.nodes.length} events`} on this page
        </Pager>
      )}
    </Page>
  );
}

interface NothingFoundProps {
  isFiltered: boolean;
  isLaterPage: boolean;
  hasMore: boolean;
  onClear: () => void;
}

function NothingFound({ isFiltered, isLaterPage, hasMore, onClear }: NothingFoundProps) {
  if (hasMore) {
    return (
      <EmptyState icon="log" title="No match so far">
        <p>Only a part of the log was looked through. Go on with “Next”, or give a time as well.</p>
      </EmptyState>
    );
  }
  if (isFiltered) {
    return (
      <EmptyState icon="log" title={isLaterPage ? "No further event matches" : "No event matches"}>
        <p>Change the conditions, or clear them.</p>
        <Button onClick={onClear}>Clear all conditions</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="log" title="Nothing was changed yet">
      <p>
        Every change through the API appears here, as long as the operator keeps the log: <code>AUTHGRAPH_AUDIT_DAYS</code>.
      </p>
    </EmptyState>
  );
}

const COLUMNS: readonly Column<Event>[] = [
  { title: "When", name: "when", cell: ({ at }) => <Time at={at} /> },
  { title: "What", name: "what", cell: (event) => <What event={event} /> },
  { title: "User", name: "whom", cell: (event) => <Whom event={event} /> },
  { title: "Made by", name: "by", cell: (event) => <MadeBy event={event} /> },
  { title: "Request", name: "request", cell: (event) => <Request event={event} /> },
];

/** Keeps the other conditions of the address. */
function Condition({ name, value, children }: { name: string; value: string; children: React.ReactNode }) {
  const location = useLocation();
  return <Link to={withParameters(location, { [name]: value, after: null })}>{children}</Link>;
}

function What({ event: { action, changed, actor } }: { event: Event }) {
  // For a session in which somebody else acts as the user, the entry says who.
  const isImpersonation = action === "createSession" && actor?.kind === "API_KEY" && actor.impersonator;
  return (
    <div className="two-lines">
      <strong title={action}>{isImpersonation ? "Let somebody act as the user" : actionName(action)}</strong>
      <span className="quiet">{changed.length > 0 ? changed.join(", ") : action}</span>
    </div>
  );
}

function Whom({ event: { userId, user } }: { event: Event }) {
  const can = useCan();
  if (userId === null) return <span className="quiet">–</span>;
  if (!can("USERS_READ")) {
    return (
      <Condition name="user" value={userId}>
        {userId}
      </Condition>
    );
  }
  if (!user) {
    return (
      <div className="two-lines">
        <Condition name="user" value={userId}>
          {userId}
        </Condition>
        <span className="quiet">Deleted</span>
      </div>
    );
  }
  const title = user.name ?? user.email ?? userId;
  return (
    <div className="two-lines">
      <Link to={`/users/${encodeURIComponent(userId)}`}>{title}</Link>
      {user.email && user.email !== title && <span className="quiet">{user.email}</span>}
    </div>
  );
}

function MadeBy({ event: { actor, userId } }: { event: Event }) {
  const name = actorName(actor, userId);
  if (actor?.kind === "PERSON" && actor.userId) {
    return (
      <Condition name="actor" value={PERSON + actor.userId}>
        {name}
      </Condition>
    );
  }
  if (!actor) return <span>{name}</span>;
  return (
    <div className="two-lines">
      <Condition name="actor" value={actor.apiKeyId ? API_KEY + actor.apiKeyId : SETTINGS}>
        {name}
      </Condition>
      {actor.impersonator && <span className="quiet">for {actor.impersonator}</span>}
    </div>
  );
}

function Request({ event: { ipAddress, requestId } }: { event: Event }) {
  return (
    <div className="two-lines">
      <span>{ipAddress ?? "–"}</span>
      {requestId && (
        <code className="quiet" title={requestId}>
          {requestId}
        </code>
      )}
    </div>
  );
}
