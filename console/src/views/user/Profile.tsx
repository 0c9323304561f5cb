import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from "react";

import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Copy } from "../../components/Copy";
import { Field } from "../../components/Field";
import { Section } from "../../components/Section";
import { Time } from "../../components/Time";
import { toast } from "../../components/Toasts";
import { UpdateUserDocument } from "../../graphql";
import type { FullUser } from "./types";

/** The profile. Each value is edited where it stands. */
export function Profile({ user, mayWrite }: { user: FullUser; mayWrite: boolean }) {
  return (
    <Section title="Profile">
      <dl className="details">
        <EditableText user={user} field="name" label="Name" mayWrite={mayWrite} maxLength={500} />
        <EditableText
          user={user}
          field="email"
          label="E-mail"
          type="email"
          mayWrite={mayWrite}
          maxLength={320}
          hint={user.emailVerified ? "A new address counts as not verified." : undefined}
        />
        <Verified user={user} mayWrite={mayWrite} />
        <EditableText user={user} field="image" label="Picture" type="url" mayWrite={mayWrite} hint="The address of a picture: https://…" />
        <Fact label="User id">
          <code className="value">{user.userId}</code>
          <Copy text={user.userId} label="Copy the user id" />
        </Fact>
        <Fact label="Created">{user.createdAt ? <Time at={user.createdAt} show="both" /> : <span className="quiet">Not known</span>}</Fact>
        <Fact label="Last sign-in">
          {user.lastSignInAt ? <Time at={user.lastSignInAt} show="both" /> : <span className="quiet">Not known</span>}
        </Fact>
      </dl>
    </Section>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="detail">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const LONGEST_SHOWN = 320;

/** Every e-mail address is shown whole. Pictures can be thousands of letters of `data:`. */
function shortened(text: string) {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

interface EditableTextProps {
  user: FullUser;
  field: "name" | "email" | "image";
  label: string;
  type?: "text" | "email" | "url";
  hint?: string | undefined;
  maxLength?: number;
  mayWrite: boolean;
}

function EditableText({ user, field, label, type = "text", hint, maxLength, mayWrite }: EditableTextProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [update, isBusy] = useChange(UpdateUserDocument);
  const value = user[field];

  function close() {
    setDraft(null);
    setRejection(NO_REJECTION);
  }

  async function save(event: FormEvent) {
    event.preventDefault();
    if (draft === null || isBusy) return;
    const next = draft.trim() || null;
    if (next === value) return close();
    const outcome = await update({ input: { by: { id: user.id }, [field]: next } });
    if (outcome.payload) {
      close();
      toast(`${label} saved.`);
    } else setRejection(outcome.rejection);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  }

  if (draft === null) {
    return (
      <Fact label={label}>
        <span className="value">{value ? shortened(value) : <span className="quiet">None</span>}</span>
        {field === "email" && value && <Copy text={value} label="Copy the e-mail address" />}
        {mayWrite && (
          <Button kind="quiet" isSmall icon="pencil" aria-label={`Edit ${label.toLowerCase()}`} title="Edit" onClick={() => setDraft(value ?? "")} />
        )}
      </Fact>
    );
  }
  return (
    <Fact label={label}>
      <form className="inline-edit" noValidate onSubmit={save} onKeyDown={onKeyDown}>
        <Field label={label} isLabelHidden hint={hint} error={rejection.at(field) ?? rejection.besides(field)[0]}>
          {(input) => (
            <input
              {...input}
              type={type}
              maxLength={maxLength}
              autoFocus
              autoComplete="off"
              value={draft}
              onChange={(event) => setDraft(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" kind="primary" isBusy={isBusy}>
          Save
        </Button>
        <Button onClick={close}>Cancel</Button>
      </form>
    </Fact>
  );
}

function Verified({ user, mayWrite }: { user: FullUser; mayWrite: boolean }) {
  const [update, isBusy] = useChange(UpdateUserDocument);
  const isVerified = user.emailVerified !== null;

  async function toggle() {
    const emailVerified = isVerified ? null : new Date().toISOString();
    const { payload, rejection } = await update({ input: { by: { id: user.id }, emailVerified } });
    if (payload) toast(isVerified ? "The e-mail address counts as not verified." : "The e-mail address counts as verified.");
    for (const message of rejection?.besides() ?? []) toast(message, "bad");
  }

  if (!user.email) return null;
  return (
    <Fact label="Verified">
      <span className="value">{user.emailVerified ? <Time at={user.emailVerified} show="both" /> : <span className="quiet">No</span>}</span>
      {mayWrite && (
        <Button kind="quiet" isSmall isBusy={isBusy} onClick={toggle}>
          {isVerified ? "Mark as not verified" : "Mark as verified"}
        </Button>
      )}
    </Fact>
  );
}
