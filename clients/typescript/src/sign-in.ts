import { isDate } from "./attributes.js";

/**
 * A `signIn` callback of Auth.js that keeps out who is disabled or being deleted; they see Auth.js's page `AccessDenied`.
 *
 * It works with the official adapter too, which hands on the same attributes.
 */
export function allowSignIn({ user }: { user: object }): boolean {
  const { disabledAt, disabledUntil, deletingAt } = user as Record<string, unknown>;
  if (isSet(deletingAt)) return false;
  return !isSet(disabledAt) || isOver(disabledUntil);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether it is a date that has passed; what the API reads as none never ends, such as `2020-01-01` or `2020`. */
function isOver(until: unknown): boolean {
  const date = typeof until === "string" && isDate(until) ? new Date(until) : until;
  return date instanceof Date && date.getTime() <= Date.now();
}
