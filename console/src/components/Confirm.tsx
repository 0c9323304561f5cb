import { type ReactNode, useState } from "react";

import type { Outcome } from "../changes";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Icon } from "./Icon";

interface ConfirmProps<Payload> {
  title: string;
  /** The words of the button that does it. */
  action: string;
  /** What will happen. */
  children: ReactNode;
  onConfirm: () => Promise<Outcome<Payload>>;
  onDone: (payload: Payload) => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. A rejection stands in the dialog. */
export function Confirm<Payload>({ title, action, children, onConfirm, onDone, onClose }: ConfirmProps<Payload>) {
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState<string[]>([]);

  async function confirm() {
    setBusy(true);
    const { payload, rejection } = await onConfirm();
    setBusy(false);
    if (payload) onDone(payload);
    else setProblems(rejection?.besides() ?? []);
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <div className="dialog-body">
        {children}
        <Problems messages={problems} />
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" isBusy={isBusy} onClick={confirm}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** Why something was rejected as a whole. */
export function Problems({ messages }: { messages: readonly string[] }) {
  if (messages.length === 0) return null;
  return (
    <div className="notice bad" role="alert">
      <Icon name="warning" />
      <div>
        {messages.map((message) => (
          <p key={message}>{message}</p>
        ))}
      </div>
    </div>
  );
}
