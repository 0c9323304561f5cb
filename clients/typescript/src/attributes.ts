export type Attributes = Record<string, unknown>;

/** Custom attributes as JSON holds them: dates as text, `undefined` left out. Throws for what JSON would lose. */
export function toAttributes(values: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, checked(name, value)]),
  );
}

/** Custom attributes as Auth.js knows them from its DynamoDB adapter: text that is a date becomes one. */
export function fromAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, revived(name, value)]));
}

// As `isDate` of `@auth/core`, which not every app has installed.
const DATE = /\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d(:[0-5]\d(\.\d+)?)?([+-][0-2]\d:[0-5]\d|Z)/;

export function isDate(text: string): boolean {
  return DATE.test(text) && !Number.isNaN(Date.parse(text));
}

function revived(name: string, value: unknown): unknown {
  if (typeof value === "string") return isDate(value) ? new Date(value) : value;
  // The table's time to live, in seconds.
  if (name === "expires" && typeof value === "number") return new Date(value * 1000);
  return value;
}

function checked(name: string, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((member) => checked(name, member));
  if (isLost(value)) {
    throw new TypeError(`The attribute ${name} holds what JSON cannot: use text, numbers, booleans, arrays and objects.`);
  }
  return value !== null && typeof value === "object" ? toAttributes(value as Attributes) : value;
}

function isLost(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (["bigint", "function", "symbol"].includes(typeof value)) return true;
  return value instanceof Set || value instanceof Map || value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}
