import { type ReactNode, useId } from "react";

import { Icon } from "./Icon";

interface Connected {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface FieldProps {
  label: string;
  /** Why the input was rejected. It stands under it, and is read out. */
  error?: string | undefined;
  hint?: ReactNode;
  isLabelHidden?: boolean;
  children: (input: Connected) => ReactNode;
}

/** A labelled input with its hint and its error: `<Field label="Name">{(input) => <input {...input} />}</Field>`. */
export function Field({ label, error, hint, isLabelHidden, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="field">
      <label htmlFor={id} className={isLabelHidden ? "unseen" : undefined}>
        {label}
      </label>
      {children({ id, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="error" id={`${id}-error`} role="alert">
          <Icon name="warning" size={15} />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}
