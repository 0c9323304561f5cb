import type { AuditEventFilter } from "../../graphql";

/** The parameters of the address that choose events, without that of the page. */
export const CONDITIONS = ["user", "actor", "action", "from", "to"] as const;
export const PERSON = "user:";
export const API_KEY = "key:";
export const SETTINGS = "settings";

/** What the address of the view asks the API for. */
export function filterOf(parameters: URLSearchParams): AuditEventFilter | null {
  const user = parameters.get("user");
  const actor = parameters.get("actor");
  const action = parameters.get("action");
  const from = startOf(parameters.get("from"), 0);
  const to = startOf(parameters.get("to"), 1);
  const filter: AuditEventFilter = {
    ...(user && { user: user.includes("@") ? { email: user } : { userId: user } }),
    ...(actor && { actor: actorOf(actor) }),
    ...(action && { action }),
    ...(from && { from }),
    ...(to && { to }),
  };
  return Object.keys(filter).length ? filter : null;
}

function actorOf(actor: string): AuditEventFilter["actor"] {
  if (actor.startsWith(PERSON)) return { userId: actor.slice(PERSON.length) };
  if (actor.startsWith(API_KEY)) return { apiKeyId: actor.slice(API_KEY.length) };
  return { administratorKey: true };
}

/** The beginning of a day in the reader's time zone, so many days later; null without a day. */
function startOf(day: string | null, daysLater: number): string | null {
  const date = new Date(`${day}T00:00`);
  if (Number.isNaN(date.getTime())) return null;
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}
