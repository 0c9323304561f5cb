import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";

/** A short word about a state. */
export function Badge({ tone = "plain", icon, children }: { tone?: "plain" | "good" | "warn" | "bad" | "accent"; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`badge ${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}
