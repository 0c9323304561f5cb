import { useQuery } from "urql";

import { useCan } from "../../caller";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { ACTIONS } from "../../events";
import { ApiKeysDocument } from "../../graphql";
import { useParameters } from "../../router";
import { useSettled, useTyped } from "../../typing";
import { API_KEY, CONDITIONS, PERSON, SETTINGS } from "./conditions";

const TYPING_MILLISECONDS = 400;
const ACTION_NAMES = Object.keys(ACTIONS).sort();
export const WITHOUT_CONDITIONS = { ...Object.fromEntries(CONDITIONS.map((name) => [name, null])), after: null };

/** The conditions on events. They live in the address, so that a link shows the same events. */
export function Filters() {
  const can = useCan();
  const [parameters, change] = useParameters();
  const actor = parameters.get("actor") ?? "";
  const isPerson = actor.startsWith(PERSON);
  const set = (name: string, value: string) => change({ [name]: value || null, after: null });
  const isFiltered = CONDITIONS.some((name) => parameters.get(name));
  return (
    <section className="card audit-filters" aria-label="Filters">
      <TypedField
        label="User"
        hint={can("USERS_READ") ? "An id or an e-mail address." : "An id."}
        parameter="user"
        placeholder="Anyone"
      />
      <Field label="Made by">
        {(input) => (
          <select {...input} value={isPerson ? PERSON : actor} onChange={(event) => set("actor", event.target.value)}>
            <option value="">Anyone</option>
            <option value={PERSON}>A person …</option>
            <option value={SETTINGS}>The administrator key</option>
            {can("ADMIN") && <KeyOptions chosen={actor} />}
          </select>
        )}
      </Field>
      {isPerson && <TypedField label="Id of the person" parameter="actor" prefix={PERSON} />}
      <Field label="Action">
        {(input) => (
          <select {...input} value={parameters.get("action") ?? ""} onChange={(event) => set("action", event.target.value)}>
            <option value="">Any action</option>
            {ACTION_NAMES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Day label="From" parameter="from" />
      <Day label="To" parameter="to" />
      <Button kind="quiet" icon="close" disabled={!isFiltered} onClick={() => change(WITHOUT_CONDITIONS)}>
        Clear
      </Button>
    </section>
  );
}

/** The keys of the first page, and the chosen one if it is not among them. */
function KeyOptions({ chosen }: { chosen: string }) {
  const [{ data }] = useQuery({ query: ApiKeysDocument, variables: { after: null } });
  const keys = data?.apiKeys?.nodes ?? [];
  const isListed = keys.some(({ id }) => API_KEY + id === chosen);
  return (
    <optgroup label="API keys">
      {chosen.startsWith(API_KEY) && !isListed && <option value={chosen}>The chosen key</option>}
      {keys.map(({ id, name, revokedAt }) => (
        <option key={id} value={API_KEY + id}>
          {name}
          {revokedAt && " (revoked)"}
        </option>
      ))}
    </optgroup>
  );
}

interface TypedFieldProps {
  label: string;
  hint?: string;
  parameter: string;
  /** Stands before what is typed in the address. */
  prefix?: string;
  placeholder?: string;
}

/** An input whose value goes to the address once nobody types any more. */
function TypedField({ label, hint, parameter, prefix = "", placeholder }: TypedFieldProps) {
  const [parameters, change] = useParameters();
  const value = (parameters.get(parameter) ?? "").slice(prefix.length);
  const [typed, setTyped] = useTyped(value);
  useSettled(typed, TYPING_MILLISECONDS, (settled) => {
    const wanted = settled.trim();
    if (wanted !== value) change({ [parameter]: wanted || prefix ? prefix + wanted : null, after: null }, { replace: true });
  });
  return (
    <Field label={label} hint={hint}>
      {(input) => (
        <input
          {...input}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </Field>
  );
}

function Day({ label, parameter }: { label: string; parameter: string }) {
  const [parameters, change] = useParameters();
  return (
    <Field label={label}>
      {(input) => (
        <input
          {...input}
          type="date"
          value={parameters.get(parameter) ?? ""}
          onChange={(event) => change({ [parameter]: event.target.value || null, after: null })}
        />
      )}
    </Field>
  );
}
