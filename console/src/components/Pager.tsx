import { Button } from "./Button";

interface PagerProps {
  label: string;
  /** Null where there is nothing to go to. */
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  /** Goes back to the start of the list, where it cannot be read backwards. */
  onFirst?: (() => void) | null;
  isBusy?: boolean;
  children?: React.ReactNode;
}

/** Goes through a list page by page. */
export function Pager({ label, onPrevious, onNext, onFirst, isBusy, children }: PagerProps) {
  return (
    <nav className="pager" aria-label={label}>
      <span className="quiet" role="status">
        {children}
      </span>
      {onFirst && (
        <Button kind="quiet" onClick={onFirst}>
          First page
        </Button>
      )}
      <Button icon="left" disabled={!onPrevious} onClick={onPrevious ?? undefined}>
        Previous
      </Button>
      <Button className="forward" icon="right" disabled={!onNext} isBusy={isBusy} onClick={onNext ?? undefined}>
        Next
      </Button>
    </nav>
  );
}
