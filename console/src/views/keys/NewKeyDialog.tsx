import { type FormEvent, useMemo, useState } from "react";

import type { Scope } from "../../caller";
import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Problems } from "../../components/Confirm";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { Icon } from "../../components/Icon";
import { CreateApiKeyDocument } from "../../graphql";
import { newIdempotencyKey } from "../../idempotency";
import { scopeName } from "../../Layout";
import { ALL_SCOPES, POWERFUL, SCOPES } from "./scopes";

const DAY = 24 * 3_600_000;
/** For how many days a key is valid. */
const SPANS: Record<string, { title: string; days: number | null }> = {
  week: { title: "In a week", days: 7 },
  month: { title: "In 30 days", days: 30 },
  quarter: { title: "In 90 days", days: 90 },
  year: { title: "In a year", days: 365 },
  never: { title: "Never", days: null },
};

/** Makes a key, and shows it once. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  return made ? (
    <MadeKey {...made} onClose={onClose} />
  ) : (
    <KeyForm onMade={(name, secret) => setMade({ name, secret })} onClose={onClose} />
  );
}

function KeyForm({ onMade, onClose }: { onMade: (name: string, secret: string) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set());
  const [span, setSpan] = useState("quarter");
  const [mistakes, setMistakes] = useState<{ name?: string; scopes?: string }>({});
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [create, isBusy] = useChange(CreateApiKeyDocument);

  // The same while nothing is changed: what is sent twice makes one key.
  const attempt = useMemo(() => {
    const days = SPANS[span]?.days;
    return {
      expires: days ? new Date(Date.now() + days * DAY).toISOString() : null,
      idempotencyKey: newIdempotencyKey(),
    };
  }, [name, scopes, span]);

  function toggle(scope: Scope) {
    const next = new Set(scopes);
    if (!next.delete(scope)) next.add(scope);
    setScopes(next);
    setMistakes(({ name }) => ({ name }));
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    const found: typeof mistakes = {};
    if (!name.trim()) found.name = "Say who will use the key.";
    if (scopes.size === 0) found.scopes = "Choose at least one scope.";
    setMistakes(found);
    if (found.name || found.scopes) return;
    const outcome = await create({
      input: { name: name.trim(), scopes: ALL_SCOPES.filter((scope) => scopes.has(scope)), ...attempt },
    });
    if (outcome.payload?.secret) onMade(name.trim(), outcome.payload.secret);
    else setRejection(outcome.rejection ?? NO_REJECTION);
  }

  const scopesError = mistakes.scopes ?? rejection.at("scopes");
  return (
    <Dialog title="New API key" isWide onClose={onClose}>
      <form className="dialog-body" onSubmit={submit} noValidate>
        <Problems messages={rejection.besides("name", "scopes", "expires")} />
        <div className="key-form-row">
          <Field label="Name" hint="The audit log names it with each change." error={mistakes.name ?? rejection.at("name")}>
            {(input) => (
              <input
                {...input}
                autoFocus
                autoComplete="off"
                maxLength={200}
                placeholder="Support, Ada Lovelace"
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                  setMistakes(({ scopes }) => ({ scopes }));
                }}
              />
            )}
          </Field>
          <Field label="Expires" error={rejection.at("expires")}>
            {(input) => (
              <select {...input} value={span} onChange={(event) => setSpan(event.target.value)}>
                {Object.entries(SPANS).map(([value, { title }]) => (
                  <option key={value} value={value}>
                    {title}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <fieldset className="scopes" aria-describedby={scopesError ? "scopes-error" : undefined}>
          <legend>Scopes</legend>
          {ALL_SCOPES.map((scope) => (
            <label key={scope} className="choice">
              <input
                type="checkbox"
                checked={scopes.has(scope) || scopes.has("ADMIN")}
                disabled={scope !== "ADMIN" && scopes.has("ADMIN")}
                onChange={() => toggle(scope)}
              />
              <span>
                <code>{scopeName(scope)}</code>
                {POWERFUL.has(scope) && <Icon name="warning" size={14} label="Powerful" />}
                <small>{SCOPES[scope]}</small>
              </span>
            </label>
          ))}
          {scopesError && (
            <p className="error" id="scopes-error" role="alert">
              <Icon name="warning" size={15} />
              <span>{scopesError}</span>
            </p>
          )}
        </fieldset>
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Shows a key that cannot be shown again. Escape closes the dialog the second time only, so that nobody loses the key. */
function MadeKey({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  return (
    <Dialog title={`The key of ${name}`} isWide onClose={() => (isCopied || isLeaving ? onClose() : setLeaving(true))}>
      <div className="dialog-body">
        <p className="notice warn">
          <Icon name="warning" />
          <span role="status">
            {isLeaving
              ? "You have not copied the key. Close the dialog again to leave without it."
              : "Copy it now: it is shown only once. Whoever has it can do what its scopes permit."}
          </span>
        </p>
        <Field label="API key">
          {(input) => (
            <textarea
              {...input}
              className="mono secret"
              rows={2}
              readOnly
              autoFocus
              spellCheck={false}
              value={secret}
              onFocus={(event) => event.target.select()}
            />
          )}
        </Field>
        <div className="dialog-actions">
          <Button
            icon={isCopied ? "check" : "copy"}
            onClick={async () => {
              await navigator.clipboard.writeText(secret);
              setCopied(true);
            }}
          >
            <span aria-live="polite">{isCopied ? "Copied" : "Copy"}</span>
          </Button>
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
