import type { ButtonHTMLAttributes, ReactNode } from "react";

import { Icon, type IconName } from "./Icon";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` once in a view or dialog; `danger` for what cannot be undone. */
  kind?: "primary" | "usual" | "quiet" | "danger";
  icon?: IconName;
  /** While what it does is under way. */
  isBusy?: boolean;
  isSmall?: boolean;
  children?: ReactNode;
}

/** A button. While busy it stays focused and says so, and a click does nothing. */
export function Button({ kind = "usual", icon, isBusy = false, isSmall, children, className, onClick, type = "button", ...rest }: ButtonProps) {
  const classes = ["button", kind, isSmall && "small", !children && "square", className].filter(Boolean).join(" ");
  return (
    <button
      type={type}
      className={classes}
      aria-busy={isBusy || undefined}
      aria-disabled={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {isBusy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={isSmall ? 16 : 18} />}
      {children}
    </button>
  );
}
