import { Badge } from "./Badge";
import { absolute } from "./Time";

interface UserStateProps {
  user: { deletingAt: string | null; disabled: { until: string | null; reason: string | null } | null };
}

/** Whether a user can sign in, in a word. */
export function UserState({ user: { deletingAt, disabled } }: UserStateProps) {
  if (deletingAt) return <Badge tone="bad">Being deleted</Badge>;
  if (!disabled) return <Badge tone="good">Active</Badge>;
  return (
    <span title={[disabled.reason, disabled.until && `Until ${absolute(disabled.until)}`].filter(Boolean).join("\n") || undefined}>
      <Badge tone="warn">Disabled</Badge>
    </span>
  );
}
