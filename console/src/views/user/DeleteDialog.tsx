import { type FormEvent, useState } from "react";

import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Problems } from "../../components/Confirm";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { DeleteUserDocument } from "../../graphql";
import { type FullUser, titleOf } from "./types";

interface DeleteDialogProps {
  user: FullUser;
  onDeleted: () => void;
  onClose: () => void;
}

/** Deletes a user, once their e-mail address has been typed. */
export function DeleteDialog({ user, onDeleted, onClose }: DeleteDialogProps) {
  const [typed, setTyped] = useState("");
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [isWrong, setWrong] = useState(false);
  const [remove, isBusy] = useChange(DeleteUserDocument);
  const wanted = user.email ?? user.userId;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    if (typed.trim().toLowerCase() !== wanted.toLowerCase()) return setWrong(true);
    const outcome = await remove({ input: { by: { id: user.id } } });
    if (outcome.payload) onDeleted();
    else setRejection(outcome.rejection);
  }

  return (
    <Dialog title={`Delete ${titleOf(user)}?`} onClose={onClose}>
      <form className="dialog-body" onSubmit={submit}>
        <p>
          The user, their accounts, sessions and passkeys are deleted for good. The audit log keeps what was done to them, under
          their id.
        </p>
        <Problems messages={rejection.besides()} />
        <Field
          label={`Type ${wanted} to confirm`}
          error={isWrong ? `That is not ${user.email ? "the e-mail address" : "the id"} of this user.` : undefined}
        >
          {(input) => (
            <input
              {...input}
              autoFocus
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setWrong(false);
              }}
            />
          )}
        </Field>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="danger" isBusy={isBusy}>
            Delete for good
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
