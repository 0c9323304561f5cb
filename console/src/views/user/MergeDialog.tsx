import { useState } from "react";
import { useQuery } from "urql";

import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Avatar } from "../../components/Avatar";
import { Button } from "../../components/Button";
import { Problems } from "../../components/Confirm";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { Skeleton } from "../../components/States";
import { toast } from "../../components/Toasts";
import { FindUsersDocument, type FindUsersQuery, MergeUsersDocument } from "../../graphql";
import { navigate } from "../../router";
import { useSettled } from "../../typing";
import { type FullUser, titleOf } from "./types";

type Found = NonNullable<FindUsersQuery["users"]>["nodes"][number];

const TYPING_MILLISECONDS = 250;

/** Merges the user with another one: finds that one, says what will happen, and does it. */
export function MergeDialog({ user, onClose }: { user: FullUser; onClose: () => void }) {
  const [other, setOther] = useState<Found | null>(null);
  return (
    <Dialog title={other ? "Merge these two users?" : `Merge ${titleOf(user)} with …`} isWide onClose={onClose}>
      <div className="dialog-body">
        {other ? (
          <Preview user={user} other={other} onBack={() => setOther(null)} onClose={onClose} />
        ) : (
          <Find without={user.userId} onFound={setOther} />
        )}
      </div>
    </Dialog>
  );
}

function Find({ without, onFound }: { without: string; onFound: (user: Found) => void }) {
  const [text, setText] = useState("");
  const [search, setSearch] = useState("");
  useSettled(text, TYPING_MILLISECONDS, (settled) => setSearch(settled.trim()));
  const [{ data, fetching, error }] = useQuery({ query: FindUsersDocument, variables: { search }, pause: !search });
  const found = search ? data?.users?.nodes.filter(({ userId }) => userId !== without) : undefined;
  return (
    <>
      <Field label="The other user" hint="By the beginning of the e-mail address or name, or by the whole id.">
        {(input) => (
          <input
            {...input}
            type="search"
            maxLength={200}
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <div className="found" aria-live="polite" aria-busy={fetching || undefined}>
        {error ? (
          <Problems messages={[error.graphQLErrors[0]?.message ?? "The server was not reached."]} />
        ) : fetching && !found ? (
          <Skeleton label="Searching" />
        ) : (
          found &&
          (found.length === 0 ? (
            <p className="quiet">Nobody else is found by “{search}”.</p>
          ) : (
            <ul className="choices">
              {found.map((each) => (
                <li key={each.id}>
                  <button type="button" onClick={() => onFound(each)}>
                    <Avatar user={each} />
                    <span className="item-text">
                      <span className="item-title">{titleOf(each)}</span>
                      <span className="item-note">{each.email ?? each.userId}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          ))
        )}
      </div>
    </>
  );
}

interface PreviewProps {
  user: FullUser;
  other: Found;
  onBack: () => void;
  onClose: () => void;
}

function Preview({ user, other, onBack, onClose }: PreviewProps) {
  const [isOtherKept, setOtherKept] = useState(false);
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [merge, isBusy] = useChange(MergeUsersDocument);
  const [keep, lose] = isOtherKept ? [other, user] : [user, other];

  async function submit() {
    const outcome = await merge({ input: { keep: { id: keep.id }, lose: { id: lose.id } } });
    if (outcome.payload) {
      onClose();
      toast(`${titleOf(lose)} is merged into ${titleOf(keep)}.`);
      navigate(`/users/${encodeURIComponent(keep.userId)}`, { replace: isOtherKept });
    } else setRejection(outcome.rejection);
  }

  return (
    <>
      <fieldset className="merge">
        <legend>Which user stays?</legend>
        {[user, other].map((each) => (
          <label key={each.id}>
            <input type="radio" name="keep" checked={keep === each} onChange={() => setOtherKept(each === other)} />
            <Avatar user={each} />
            <span className="item-text">
              <span className="item-title">{titleOf(each)}</span>
              <span className="item-note">{each.email ?? "No e-mail address"}</span>
              <span className="item-note mono">{each.userId}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div>
        <h3>What happens</h3>
        <ul className="bullets">
          <li>
            Accounts and passkeys of <b>{titleOf(lose)}</b> move to <b>{titleOf(keep)}</b>, with their tokens.
          </li>
          <li>
            Sessions of <b>{titleOf(lose)}</b> end. Those of <b>{titleOf(keep)}</b> go on.
          </li>
          <li>
            Name, picture, e-mail address and attributes of <b>{titleOf(keep)}</b> stay as they are. Those of <b>{titleOf(lose)}</b> are
            deleted with the user.
          </li>
          <li>It cannot be undone.</li>
        </ul>
      </div>
      <Problems messages={rejection.besides()} />
      <div className="dialog-actions">
        <Button onClick={onBack}>Back</Button>
        <Button kind="danger" isBusy={isBusy} onClick={submit}>
          Merge and delete {titleOf(lose)}
        </Button>
      </div>
    </>
  );
}
