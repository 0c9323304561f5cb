import { useState } from "react";
import { useQuery } from "urql";

import { useCan } from "../../caller";
import { Avatar } from "../../components/Avatar";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Page } from "../../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { Time } from "../../components/Time";
import { toast } from "../../components/Toasts";
import { UserState } from "../../components/UserState";
import { EnableUserDocument, UserDocument } from "../../graphql";
import { useChange } from "../../changes";
import { useOverride } from "../../override";
import { Link, navigate } from "../../router";
import { Accounts } from "./Accounts";
import { Attributes } from "./Attributes";
import { DeleteDialog } from "./DeleteDialog";
import { DisableDialog } from "./DisableDialog";
import { Events } from "./Events";
import { MergeDialog } from "./MergeDialog";
import { Passkeys } from "./Passkeys";
import { Profile } from "./Profile";
import { Sessions } from "./Sessions";
import { type FullUser, titleOf } from "./types";

/** Everything about one user. */
export function UserView({ userId }: { userId: string }) {
  const can = useCan();
  const [{ data, error }, refetch] = useQuery({
    query: UserDocument,
    variables: { userId, withAccounts: can("ACCOUNTS_READ"), withSessions: can("SESSIONS_READ") },
    requestPolicy: "cache-and-network",
  });
  const user = data?.user;
  const back = (
    <Link className="back" to="/users">
      <Icon name="left" size={16} />
      Users
    </Link>
  );
  if (user) return <FoundUser user={user} back={back} />;
  return (
    <Page title="User" above={back} heading={data ? undefined : <h1 className="unseen">User</h1>}>
      <div className="card">
        {error ? (
          <ErrorState error={error} onRetry={() => refetch({ requestPolicy: "network-only" })} />
        ) : data ? (
          <EmptyState icon="users" title="There is no such user">
            <p>
              Nobody has the id <code>{userId}</code>. The user may have been deleted, or merged into another one.
            </p>
          </EmptyState>
        ) : (
          <div className="section-body">
            <Skeleton lines={8} label="Loading the user" />
          </div>
        )}
      </div>
    </Page>
  );
}

function FoundUser({ user, back }: { user: FullUser; back: React.ReactNode }) {
  const can = useCan();
  const [dialog, setDialog] = useState<"disable" | "merge" | "delete" | null>(null);
  const [disabled, setDisabled] = useOverride(user.disabled);
  const [enable, isEnabling] = useChange(EnableUserDocument);
  const title = titleOf(user);
  const mayWrite = can("USERS_WRITE");
  const mayMerge = can("USERS_WRITE", "ACCOUNTS_WRITE", "SESSIONS_WRITE");

  async function enableNow() {
    setDisabled(null);
    const { payload, rejection } = await enable({ input: { by: { id: user.id } } });
    if (payload) toast("The user can sign in again.");
    else {
      setDisabled(undefined);
      for (const message of rejection?.besides() ?? []) toast(message, "bad");
    }
  }

  const heading = (
    <div className="user-heading">
      <Avatar user={user} isLarge />
      <div>
        <h1>{title}</h1>
        <p className="user-facts">
          <UserState user={{ ...user, disabled }} />
          {user.email && <Badge tone={user.emailVerified ? "good" : "plain"}>{user.emailVerified ? "E-mail verified" : "E-mail not verified"}</Badge>}
          {user.createdAt && (
            <span className="quiet">
              Created <Time at={user.createdAt} />
            </span>
          )}
          {user.lastSignInAt && (
            <span className="quiet">
              Last sign-in <Time at={user.lastSignInAt} />
            </span>
          )}
        </p>
      </div>
    </div>
  );

  return (
    <Page
      title={title}
      above={back}
      heading={heading}
      actions={
        mayWrite &&
        !user.deletingAt &&
        (disabled ? (
          <Button icon="check" isBusy={isEnabling} onClick={enableNow}>
            Enable
          </Button>
        ) : (
          <Button icon="ban" onClick={() => setDialog("disable")}>
            Disable …
          </Button>
        ))
      }
    >
      {user.deletingAt && (
        <div className="notice bad">
          <Icon name="warning" />
          <p>
            The deletion of this user began <Time at={user.deletingAt} /> and is not finished. They cannot sign in. Delete them again
            to finish it.
          </p>
        </div>
      )}
      {disabled && !user.deletingAt && (
        <div className="notice warn">
          <Icon name="ban" />
          <p>
            Disabled <Time at={disabled.at} />
            {disabled.until && (
              <>
                , until <Time at={disabled.until} show="both" />
              </>
            )}
            .{disabled.reason && <span className="reason">{disabled.reason}</span>}
          </p>
        </div>
      )}
      <div className="user-columns">
        <div className="user-column">
          <Profile user={user} mayWrite={mayWrite} />
          {user.sessions && <Sessions user={user} sessions={user.sessions} mayWrite={can("SESSIONS_WRITE")} />}
          {can("AUDIT_READ") && <Events userId={user.userId} />}
        </div>
        <div className="user-column">
          {user.accounts && <Accounts user={user} accounts={user.accounts} mayWrite={can("ACCOUNTS_WRITE")} />}
          {user.authenticators && <Passkeys passkeys={user.authenticators.nodes} mayWrite={can("ACCOUNTS_WRITE")} />}
          <Attributes user={user} mayWrite={mayWrite} />
          {mayWrite && (
            <section className="card section" aria-label="Merge and delete">
              <header>
                <h2>Merge and delete</h2>
              </header>
              <div className="section-body danger-zone">
                {mayMerge && (
                  <div>
                    <p>Does this person have a second user? Merge the two.</p>
                    <Button icon="merge" onClick={() => setDialog("merge")}>
                      Merge …
                    </Button>
                  </div>
                )}
                <div>
                  <p>Delete the user with all accounts, sessions and passkeys.</p>
                  <Button icon="trash" className="dangerous" onClick={() => setDialog("delete")}>
                    Delete …
                  </Button>
                </div>
              </div>
            </section>
          )}
        </div>
      </div>
      {dialog === "disable" && <DisableDialog user={user} onDisable={setDisabled} onClose={() => setDialog(null)} />}
      {dialog === "merge" && <MergeDialog user={user} onClose={() => setDialog(null)} />}
      {dialog === "delete" && (
        <DeleteDialog
          user={user}
          onDeleted={() => {
            toast(`${title} is deleted.`);
            navigate("/users");
          }}
          onClose={() => setDialog(null)}
        />
      )}
    </Page>
  );
}
