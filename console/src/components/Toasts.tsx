import { useEffect, useSyncExternalStore } from "react";

import { Button } from "./Button";
import { Icon } from "./Icon";

interface Toast {
  id: number;
  text: string;
  kind: "good" | "bad";
}

const SHOWN_MILLISECONDS = 6000;
let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function replace(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Says briefly what has happened. What has failed stays until it is closed. */
export function toast(text: string, kind: Toast["kind"] = "good") {
  replace([...toasts.slice(-2), { id: ++count, text, kind }]);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((each) => (
        <ToastCard key={each.id} toast={each} />
      ))}
    </div>
  );
}

function ToastCard({ toast: { id, text, kind } }: { toast: Toast }) {
  const close = () => replace(toasts.filter((each) => each.id !== id));
  useEffect(() => {
    if (kind === "bad") return;
    const timer = setTimeout(close, SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={`toast ${kind}`}>
      <Icon name={kind === "good" ? "check" : "warning"} />
      <p>{text}</p>
      <Button kind="quiet" isSmall icon="close" aria-label="Close this message" onClick={close} />
    </div>
  );
}
