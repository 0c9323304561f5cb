export type Attributes = Record<string, unknown>;

/** What a text in the editor stands for, or why it is no object of attributes. */
export function parse(text: string): { attributes: Attributes } | { problem: string } {
  let value: unknown;
  try {
    value = text.trim() ? JSON.parse(text) : {};
  } catch (error) {
    return { problem: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: 'Attributes are an object, such as { "plan": "pro" }.' };
  }
  return { attributes: value as Attributes };
}

/**
 * Only what was changed is sent: what others store meanwhile stays, and so does what this page cannot show exactly, such as
 * long numbers.
 */
export function difference(before: Attributes, after: Attributes): { attributes: Attributes; removeAttributes: string[] } | null {
  const changed = Object.entries(after).filter(([name, value]) => !(name in before) || !isSame(before[name], value));
  const removeAttributes = Object.keys(before).filter((name) => !(name in after));
  if (changed.length === 0 && removeAttributes.length === 0) return null;
  return { attributes: Object.fromEntries(changed), removeAttributes };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** A value whose objects have their names in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}
