/**
 * A value with which a create can be sent again without creating twice. Unlike `crypto.randomUUID`, it can be made on a
 * page without HTTPS, too.
 */
export function newIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
