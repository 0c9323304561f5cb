import type { ReactNode } from "react";

import type { Scope } from "./caller";
import type { IconName } from "./components/Icon";
import { AuditView } from "./views/audit/AuditView";
import { HealthView } from "./views/health/HealthView";
import { KeysView } from "./views/keys/KeysView";
import { UserView } from "./views/user/UserView";
import { UsersView } from "./views/users/UsersView";

export interface Route {
  /** The path below /console; `:name` stands for any one part. */
  path: string;
  title: string;
  /** The scopes without which the view is not offered. */
  needs: Scope[];
  /** Its entry in the navigation. A view without one is reached from another view. */
  icon?: IconName;
  view: (parameters: Record<string, string>) => ReactNode;
}

/** Every view of the console. The first one that the key may see is the start. */
export const ROUTES: readonly Route[] = [
  { path: "/users", title: "Users", needs: ["USERS_READ"], icon: "users", view: () => <UsersView /> },
  { path: "/users/:id", title: "User", needs: ["USERS_READ"], view: ({ id }) => <UserView key={id} userId={id!} /> },
  { path: "/audit", title: "Audit log", needs: ["AUDIT_READ"], icon: "log", view: () => <AuditView /> },
  { path: "/keys", title: "API keys", needs: ["ADMIN"], icon: "key", view: () => <KeysView /> },
  { path: "/health", title: "Health", needs: ["HEALTH_READ"], icon: "pulse", view: () => <HealthView /> },
];
