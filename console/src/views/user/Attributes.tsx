import { type FormEvent, type KeyboardEvent, useState } from "react";

import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { Section } from "../../components/Section";
import { toast } from "../../components/Toasts";
import { UpdateUserDocument } from "../../graphql";
import { difference, parse } from "./attributes";
import type { FullUser } from "./types";

const MOST_ROWS = 24;
const FEWEST_ROWS = 6;

/** The custom attributes, as JSON. */
export function Attributes({ user, mayWrite }: { user: FullUser; mayWrite: boolean }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState<string>();
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [update, isBusy] = useChange(UpdateUserDocument);
  const text = JSON.stringify(user.attributes, null, 2);
  const isEmpty = Object.keys(user.attributes).length === 0;

  function close() {
    setDraft(null);
    setProblem(undefined);
    setRejection(NO_REJECTION);
  }

  async function save(event: FormEvent) {
    event.preventDefault();
    const parsed = parse(draft ?? "");
    if ("problem" in parsed) return setProblem(parsed.problem);
    const changes = difference(user.attributes, parsed.attributes);
    if (!changes) return close();
    const outcome = await update({ input: { by: { id: user.id }, ...changes } });
    if (outcome.payload) {
      close();
      toast("Attributes saved.");
    } else setRejection(outcome.rejection);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  }

  return (
    <Section
      title="Custom attributes"
      actions={
        mayWrite &&
        draft === null && (
          <Button isSmall icon="pencil" onClick={() => setDraft(isEmpty ? "{\n  \n}" : text)}>
            Edit
          </Button>
        )
      }
    >
      {draft !== null ? (
        <form className="section-body" onSubmit={save} onKeyDown={onKeyDown}>
          <Field
            label="Attributes as JSON"
            hint="Only what you change is stored. Take a line out to remove an attribute."
            error={problem ?? rejection.at("attributes") ?? rejection.at("removeAttributes") ?? rejection.besides()[0]}
          >
            {(input) => (
              <textarea
                {...input}
                className="mono"
                rows={Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, draft.split("\n").length + 1))}
                spellCheck={false}
                autoFocus
                value={draft}
                onChange={(event) => {
                  setDraft(event.target.value);
                  setProblem(undefined);
                }}
              />
            )}
          </Field>
          <div className="dialog-actions">
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" kind="primary" isBusy={isBusy}>
              Save
            </Button>
          </div>
        </form>
      ) : isEmpty ? (
        <p className="section-body quiet">None.</p>
      ) : (
        <pre className="json" tabIndex={0} role="group" aria-label="The attributes as JSON">
          {text}
        </pre>
      )}
    </Section>
  );
}
