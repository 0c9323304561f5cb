import type { ReactNode } from "react";
import type { CombinedError } from "urql";

import { explain } from "../errors";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

/** Says that there is nothing, and what one can do about it. */
export function EmptyState({ icon = "search", title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      {children && <div className="state-text">{children}</div>}
    </div>
  );
}

/** Says what went wrong, in words for people, and offers to try again if that can help. */
export function ErrorState({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  const { title, text, canRetry } = explain(error);
  return (
    <div className="state bad" role="alert">
      <span className="state-icon">
        <Icon name="warning" size={24} />
      </span>
      <h2>{title}</h2>
      <p className="state-text">{text}</p>
      {onRetry && canRetry && (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** The outline of lines of text that are on their way. */
export function Skeleton({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="unseen">{label} …</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className="bone" aria-hidden="true" />
      ))}
    </div>
  );
}
