import { useEffect, useState } from "react";
import { useQuery } from "urql";

import { Button } from "../../components/Button";
import { Section } from "../../components/Section";
import { ErrorState, Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { actionName, actorName } from "../../events";
import { UserEventsDocument, type UserEventsQuery } from "../../graphql";

type Page = NonNullable<UserEventsQuery["user"]>["auditEvents"];

/** What was done to the user, newest first. More comes when asked for. */
export function Events({ userId }: { userId: string }) {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  return (
    <Section title="Audit trail">
      <ol className="items events">
        {cursors.map((after, index) => (
          <EventPage
            key={after}
            userId={userId}
            after={after}
            next={cursors[index + 1] ?? null}
            onNext={(cursor) => setCursors([...cursors.slice(0, index + 1), ...(cursor ? [cursor] : [])])}
          />
        ))}
      </ol>
    </Section>
  );
}

interface EventPageProps {
  userId: string;
  after: string | null;
  /** The cursor of the page that is shown below this one. */
  next: string | null;
  /** Shows another page below this one, or none. */
  onNext: (cursor: string | null) => void;
}

function EventPage({ userId, after, next, onNext }: EventPageProps) {
  const [{ data, error }, refetch] = useQuery({
    query: UserEventsDocument,
    variables: { userId, after },
    requestPolicy: after ? "cache-first" : "cache-and-network",
  });
  const page = data?.user?.auditEvents;
  const endCursor = page?.pageInfo.endCursor;
  // New events push older ones down: what was below this page does not follow it any more.
  useEffect(() => {
    if (next && endCursor && endCursor !== next) onNext(null);
  }, [next, endCursor]);
  if (error && !page) {
    return (
      <li>
        <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />
      </li>
    );
  }
  if (!page) {
    return (
      <li className="section-body">
        <Skeleton label="Loading the audit trail" />
      </li>
    );
  }
  if (page.nodes.length === 0 && after === null) return <li className="quiet">Nothing yet.</li>;
  return (
    <>
      {page.nodes.map((event, index) => (
        <EventItem key={index} event={event} userId={userId} />
      ))}
      {next === null && page.pageInfo.hasNextPage && endCursor && (
        <li className="more">
          <Button isSmall onClick={() => onNext(endCursor)}>
            Show older
          </Button>
        </li>
      )}
    </>
  );
}

function EventItem({ event, userId }: { event: Page["nodes"][number]; userId: string }) {
  return (
    <li>
      <div className="item-text">
        <p className="item-title">{actionName(event.action)}</p>
        <p className="item-note">
          {event.changed.length > 0 && <span>{event.changed.join(", ")}</span>}
          <span>by {actorName(event.actor, userId)}</span>
          {event.ipAddress && <span>{event.ipAddress}</span>}
        </p>
      </div>
      <span className="quiet when">
        <Time at={event.at} />
      </span>
    </li>
  );
}
