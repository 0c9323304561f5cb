// What apps and providers hand on in another type than the API takes. `undefined` and null stay what they are.

/** A text: a number or a boolean as JavaScript writes it, an object or a list as JSON. */
export function text(value: unknown): string | null | undefined {
  if (value === undefined || value === null || typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** An id, which many providers hand on as a number. The API refuses any other type: it would be one id for many. */
export function id(value: unknown): string {
  const whole = (typeof value === "number" && Number.isFinite(value)) || typeof value === "bigint";
  return whole ? String(value) : (value as string);
}

/** OAuth scopes: a list becomes the text that OAuth has for it. */
export function scopes(value: unknown): string | null | undefined {
  return Array.isArray(value) ? value.join(" ") : text(value);
}

/** Whole seconds since the epoch, of a number, its digits or a date. What is no such time is left out. */
export function seconds(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return value;
  const whole = Math.floor(sinceEpoch(value));
  return whole >= 0 && whole <= Number.MAX_SAFE_INTEGER ? whole : undefined;
}

function sinceEpoch(value: unknown): number {
  if (value instanceof Date) return value.getTime() / 1000;
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  if (typeof value !== "string" || value.trim() === "") return Number.NaN;
  const digits = Number(value);
  return Number.isNaN(digits) ? Date.parse(value) / 1000 : digits;
}

/** When something ends. Throws for what `Date` does not read: there is no good guess. */
export function end(value: Date | string | number): string {
  return new Date(value).toISOString();
}

/** When an address was verified, of a date, what `Date` reads as one, or whether it was. Anything else is left out. */
export function verified(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return value;
  if (value === false || value === "") return null;
  const date = value === true ? new Date() : new Date(value as Date | string | number);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
