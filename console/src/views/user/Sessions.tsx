import { useState } from "react";

import { useChange } from "../../changes";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Confirm";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Section";
import { Time } from "../../components/Time";
import { toast } from "../../components/Toasts";
import { deviceOf } from "../../device";
import { RevokeSessionDocument, RevokeSessionsDocument } from "../../graphql";
import { useRemoved } from "../../override";
import { type FullUser, type Session, titleOf } from "./types";

interface SessionsProps {
  user: FullUser;
  sessions: NonNullable<FullUser["sessions"]>;
  mayWrite: boolean;
}

/** Where the user is signed in. A session that is revoked goes at once, and comes back if that was rejected. */
export function Sessions({ user, sessions, mayWrite }: SessionsProps) {
  const [revoke] = useChange(RevokeSessionDocument);
  const [revokeAll] = useChange(RevokeSessionsDocument);
  const [isAsking, setAsking] = useState(false);
  const { isRemoved, remove, putBack } = useRemoved();
  const shown = sessions.nodes.filter(({ id }) => !isRemoved(id));

  async function revokeOne({ id, userAgent }: Session) {
    remove(id);
    const { payload, rejection } = await revoke({ input: { by: { id } } });
    if (payload) toast(`The session is revoked: ${deviceOf(userAgent).label}.`);
    else {
      putBack(id);
      for (const message of rejection?.besides() ?? []) toast(message, "bad");
    }
  }

  return (
    <Section
      title="Sessions"
      note={sessions.pageInfo.hasNextPage ? `${shown.length}+` : shown.length}
      actions={
        mayWrite &&
        shown.length > 1 && (
          <Button isSmall icon="exit" onClick={() => setAsking(true)}>
            Sign out everywhere
          </Button>
        )
      }
    >
      {shown.length === 0 ? (
        <p className="section-body quiet">Signed in nowhere.</p>
      ) : (
        <ul className="items">
          {shown.map((session) => (
            <SessionItem key={session.id} session={session} onRevoke={mayWrite ? () => revokeOne(session) : null} />
          ))}
        </ul>
      )}
      {isAsking && (
        <Confirm
          title="Sign out everywhere?"
          action="Sign out everywhere"
          onConfirm={() => revokeAll({ input: { user: { id: user.id } } })}
          onDone={({ deletedCount }) => {
            setAsking(false);
            toast(`${deletedCount} ${deletedCount === 1 ? "session is" : "sessions are"} revoked.`);
          }}
          onClose={() => setAsking(false)}
        >
          <p>All sessions of {titleOf(user)} end now, on every device. They can sign in again.</p>
        </Confirm>
      )}
    </Section>
  );
}

function SessionItem({ session, onRevoke }: { session: Session; onRevoke: (() => void) | null }) {
  const { label, isMobile } = deviceOf(session.userAgent);
  return (
    <li>
      <span className="item-icon">
        <Icon name={session.impersonator ? "mask" : isMobile ? "phone" : "screen"} />
      </span>
      <div className="item-text">
        <p className="item-title" title={session.userAgent ?? undefined}>
          {label}
          {session.impersonator && <Badge tone="warn">Impersonated by {session.impersonator}</Badge>}
        </p>
        <p className="item-note">
          {session.ipAddress && <span>{session.ipAddress}</span>}
          {session.lastSeenAt ? (
            <span>
              Last seen <Time at={session.lastSeenAt} />
            </span>
          ) : (
            session.createdAt && (
              <span>
                Signed in <Time at={session.createdAt} />
              </span>
            )
          )}
          {session.expires && (
            <span>
              Expires <Time at={session.expires} />
            </span>
          )}
        </p>
      </div>
      {onRevoke && (
        <Button isSmall onClick={onRevoke} aria-label={`Revoke the session: ${label}`}>
          Revoke
        </Button>
      )}
    </li>
  );
}
