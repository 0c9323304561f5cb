import { type FormEvent, useMemo, useState } from "react";

import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Problems } from "../../components/Confirm";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { toast } from "../../components/Toasts";
import { CreateUserDocument } from "../../graphql";
import { newIdempotencyKey } from "../../idempotency";
import { navigate } from "../../router";

/** Creates a user, and goes to them. */
export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [isVerified, setVerified] = useState(false);
  const [mistake, setMistake] = useState<string>();
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [create, isBusy] = useChange(CreateUserDocument);

  // The same while nothing is changed: what is sent twice creates one user.
  const attempt = useMemo(
    () => ({
      emailVerified: isVerified ? new Date().toISOString() : null,
      idempotencyKey: newIdempotencyKey(),
    }),
    [email, name, isVerified],
  );

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    if (!email.trim()) return setMistake("Type an e-mail address, with which the user can sign in.");
    const outcome = await create({ input: { email: email.trim(), name: name.trim() || null, ...attempt } });
    const user = outcome.payload?.user;
    if (!user) return setRejection(outcome.rejection ?? NO_REJECTION);
    onClose();
    toast("The user is created.");
    navigate(`/users/${encodeURIComponent(user.userId)}`);
  }

  return (
    <Dialog title="New user" onClose={onClose}>
      <form className="dialog-body" onSubmit={submit} noValidate>
        <p>Nobody is notified. The user can sign in by e-mail, if your app offers that.</p>
        <Problems messages={rejection.besides("email", "name")} />
        <Field label="E-mail" error={mistake ?? rejection.at("email")}>
          {(input) => (
            <input
              {...input}
              type="email"
              autoFocus
              autoComplete="off"
              maxLength={320}
              value={email}
              onChange={(event) => {
                setEmail(event.target.value);
                setMistake(undefined);
                setRejection(NO_REJECTION);
              }}
            />
          )}
        </Field>
        <Field label="Name" error={rejection.at("name")}>
          {(input) => (
            <input {...input} autoComplete="off" maxLength={500} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <label className="choice">
          <input type="checkbox" checked={isVerified} onChange={(event) => setVerified(event.target.checked)} />
          <span>
            The e-mail address is verified
            <small>Only if you know that it is theirs.</small>
          </span>
        </label>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            Create the user
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
