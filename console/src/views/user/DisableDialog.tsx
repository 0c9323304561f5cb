import { type FormEvent, useState } from "react";

import { NO_REJECTION, type Rejection, useChange } from "../../changes";
import { Button } from "../../components/Button";
import { Problems } from "../../components/Confirm";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { toast } from "../../components/Toasts";
import { DisableUserDocument } from "../../graphql";
import { type FullUser, titleOf } from "./types";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** For how long, in milliseconds. */
const SPANS: Record<string, { title: string; length: number | null }> = {
  forever: { title: "Until somebody enables them", length: null },
  day: { title: "For a day", length: DAY },
  week: { title: "For a week", length: 7 * DAY },
  month: { title: "For 30 days", length: 30 * DAY },
};

interface DisableDialogProps {
  user: FullUser;
  /** Shows the user as disabled before the server has answered; `undefined` undoes it. */
  onDisable: (disabled: FullUser["disabled"] | undefined) => void;
  onClose: () => void;
}

export function DisableDialog({ user, onDisable, onClose }: DisableDialogProps) {
  const [reason, setReason] = useState("");
  const [span, setSpan] = useState("forever");
  const [time, setTime] = useState("");
  const [rejection, setRejection] = useState<Rejection>(NO_REJECTION);
  const [disable, isBusy] = useChange(DisableUserDocument);

  function until(): string | null {
    if (span === "time") return time ? new Date(time).toISOString() : null;
    const length = SPANS[span]?.length;
    return length ? new Date(Date.now() + length).toISOString() : null;
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    const change = { until: until(), reason: reason.trim() || null };
    onDisable({ at: new Date().toISOString(), ...change });
    const outcome = await disable({ input: { by: { id: user.id }, ...change } });
    if (outcome.payload) {
      onClose();
      toast(`${titleOf(user)} is disabled and signed out.`);
    } else {
      onDisable(undefined);
      setRejection(outcome.rejection);
    }
  }

  return (
    <Dialog title={`Disable ${titleOf(user)}?`} onClose={onClose}>
      <form className="dialog-body" onSubmit={submit}>
        <p>They are signed out everywhere now, and cannot sign in until they are enabled.</p>
        <Problems messages={rejection.besides("until", "reason")} />
        <Field label="Reason" hint="For your colleagues. The user does not see it." error={rejection.at("reason")}>
          {(input) => (
            <textarea {...input} rows={2} maxLength={500} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        <Field label="For how long" error={span === "time" ? undefined : rejection.at("until")}>
          {(input) => (
            <select {...input} value={span} onChange={(event) => setSpan(event.target.value)}>
              {Object.entries(SPANS).map(([name, { title }]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
              <option value="time">Until a time …</option>
            </select>
          )}
        </Field>
        {span === "time" && (
          <Field label="Until" error={rejection.at("until")}>
            {(input) => <input {...input} type="datetime-local" required value={time} onChange={(event) => setTime(event.target.value)} />}
          </Field>
        )}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="danger" isBusy={isBusy}>
            Disable
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
