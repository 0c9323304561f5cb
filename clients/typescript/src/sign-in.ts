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

/** Whether it is a date that has passed; what cannot be read never ends. */
function isOver(until: unknown): boolean {
  return (until instanceof Date || typeof until === "string") && new Date(until).getTime() <= Date.now();
}
