/** Shorter ones are part of too many words; no server makes such a key. */
const SHORTEST_SECRET = 8;
const DEEPEST_CAUSE = 5;

/** Takes secrets out of what may end in a log. */
export type Redact = (text: string) => string;

/** Takes out these secrets, however they are written. */
export function redaction(...secrets: string[]): Redact {
  const written = secrets
    .flatMap((secret) => [secret, secret.trim(), encoded(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    // The longest first: one may hold another.
    .sort((a, b) => b.length - a.length);
  return (text) => written.reduce((clean, secret) => clean.replaceAll(secret, "…"), text);
}

/**
 * What a thrown value says, as an error of its own: the value itself, which may hold the request with its key, is let
 * go.
 */
export function told(cause: unknown, redact: Redact, depth = DEEPEST_CAUSE): Error | undefined {
  if (cause === undefined || cause === null || depth === 0) return undefined;
  if (!(cause instanceof Error)) return new Error(redact(String(cause)));
  const inner = told(cause.cause, redact, depth - 1);
  const error: Error & { code?: string } = new Error(redact(cause.message), inner && { cause: inner });
  error.name = redact(cause.name);
  error.stack = redact(cause.stack ?? "");
  if ("code" in cause) error.code = redact(String(cause.code));
  return error;
}

function encoded(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    // A lone surrogate.
    return secret;
  }
}
