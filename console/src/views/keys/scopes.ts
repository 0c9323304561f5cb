import type { Scope } from "../../caller";

/** What each scope permits, in the order in which a form lists them. */
export const SCOPES = {
  USERS_READ: "Read users",
  USERS_WRITE: "Create, change, disable and delete users",
  ACCOUNTS_READ: "Read accounts and passkeys",
  ACCOUNTS_WRITE: "Link, change and remove accounts and passkeys",
  SESSIONS_READ: "Read sessions, but not their tokens",
  SESSIONS_WRITE: "Create, change and revoke sessions",
  TOKENS_WRITE: "Create, list, use and delete verification tokens",
  AUDIT_READ: "Read the audit log",
  HEALTH_READ: "Read the state of the table and the last run of the doctor",
  USERS_IMPERSONATE: "Act as users, together with sessions:write",
  SECRETS_READ: "Read stored tokens and attributes that may hold secrets",
  ADAPTER: "What the Auth.js adapter needs: to read and write all but secrets",
  ADMIN: "Everything, including API keys",
} satisfies Record<Scope, string>;

/** The scopes with which a mistake or a leak does the most harm. */
export const POWERFUL: ReadonlySet<Scope> = new Set(["ADMIN", "SECRETS_READ", "USERS_IMPERSONATE"]);

export const ALL_SCOPES = Object.keys(SCOPES) as Scope[];
