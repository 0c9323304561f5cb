import { AuthGraphError, type AuthGraphErrorCode } from "./errors.js";
import type { RefusalFragment, TypedDocumentString } from "./operations.js";
import type { AuthGraphOptions } from "./options.js";
import { redaction, told, type Redact } from "./redaction.js";

type Send = <Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
) => Promise<Result>;

type SendKeyed = <Result, Variables extends { input: Keyed }>(
  document: TypedDocumentString<Result, Variables>,
  input: NoInfer<Variables["input"]>,
) => Promise<Result>;

/** An input that takes an idempotency key. */
interface Keyed {
  idempotencyKey?: string | null | undefined;
}

export interface Client {
  /** Send an operation that may be executed twice with the effect of once: it is tried again when it fails to arrive. */
  repeatable: Send;
  /** Send a mutation with a new idempotency key, so that it has the effect of once however often it is tried. */
  keyed: SendKeyed;
}

interface Problem {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string };
}

/** An answer, or the reason why there is none. */
type Outcome = { data: unknown } | { failure: AuthGraphError; retryAfterMs: number | null };

/** What the options come to: checked, and with what may be shown of them. */
interface Target {
  url: string;
  /** The url without what it may hold besides an address. */
  shown: string;
  redact: Redact;
}

/** What an answer must hold to be one. */
interface Asked {
  operation: string;
  /** The name that the root field has in the answer. */
  field: string;
  mutates: boolean;
}

const ACCOUNT_SECRETS = "attributes secretAttributes tokens { accessToken refreshToken idToken }";
const ATTEMPTS = 3;
const BACKOFF_MS = 100;
const PASSING_STATUS = new Set([408, 429, 502, 503, 504]);
const PASSING_CODES = new Set<AuthGraphErrorCode>(["SERVICE_UNAVAILABLE", "THROTTLED", "OVERLOADED", "TIMEOUT"]);

export function createClient(options: AuthGraphOptions): Client {
  return {
    repeatable: (document, variables) => send(options, document, variables),
    keyed: <Result, Variables extends { input: Keyed }>(
      document: TypedDocumentString<Result, Variables>,
      input: Variables["input"],
    ) => send(options, document, { input: { ...input, idempotencyKey: crypto.randomUUID() } } as Variables),
  };
}

/** The payload of a mutation that was done. Throws the reason why it was refused. */
export function accepted<Payload extends { userErrors: RefusalFragment[] }>(payload: Payload | null): Payload {
  // A mutation that failed is null beside an error, which was thrown before.
  if (payload === null) throw new AuthGraphError("The answer names neither a result nor a reason.", { code: "BAD_RESPONSE" });
  const [refusal] = payload.userErrors;
  if (refusal === undefined) return payload;
  const where = refusal.path.length > 0 ? ` (${refusal.path.join(".")})` : "";
  throw new AuthGraphError(`${refusal.message}${where}`, refusal);
}

async function send<Result, Variables>(
  options: AuthGraphOptions,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const { fetch = globalThis.fetch, timeoutMs = 10_000 } = options;
  const query = options.secrets ? withSecrets(document.toString()) : document.toString();
  const asked = askedBy(query);
  const target = checked(options);
  const signal = AbortSignal.timeout(timeoutMs);
  const request: RequestInit = {
    method: "POST",
    headers: {
      authorization: `Bearer ${options.apiKey}`,
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
    },
    body: JSON.stringify({ query, variables }, wellFormed),
    // A key must not follow a redirect.
    redirect: "manual",
    signal,
  };

  for (let attempt = 1; ; attempt++) {
    const tried = `${asked.operation} at ${target.shown}${attempt > 1 ? `, tried ${attempt} times` : ""}`;
    const outcome = await post(fetch, target, request, asked, tried, timeoutMs);
    if ("data" in outcome) return withCleanRefusals(outcome.data, target.redact) as Result;
    if (attempt === ATTEMPTS || outcome.retryAfterMs === null) throw outcome.failure;
    if (!(await sleep(Math.max(outcome.retryAfterMs, backoff(attempt)), signal))) throw outcome.failure;
  }
}

/** What a document asks for, by its text: each has one operation with one root field. */
function askedBy(query: string): Asked {
  const [, kind, operation = "the operation", field = ""] = /(query|mutation) (\w+)[^{]*\{\s*(\w+)/.exec(query) ?? [];
  return { operation, field, mutates: kind === "mutation" };
}

/** Half a surrogate pair, which `slice` leaves of an emoji and the API takes for no text, becomes U+FFFD. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === "string"
    ? value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    : value;
}

/** The operation with the fields that need `secrets:read`. Without that scope, a key may not even name them. */
function withSecrets(query: string): string {
  return query
    .replace(/^( *)attributes$/gm, "$1attributes\n$1secretAttributes")
    .replace(/^( *)sessionState$/gm, `$1sessionState\n$1${ACCOUNT_SECRETS}`);
}

/**
 * Settings are often absent while an app is built, so they are checked when they are needed. No message says what they
 * are: a setting that is wrong is often one secret in the place of another.
 */
function checked({ url, apiKey }: AuthGraphOptions): Target {
  if (!apiKey) throw new TypeError("AuthGraphAdapter has no apiKey: pass one that has the scope `adapter`.");
  // What `fetch` would say of such a header quotes it.
  if (typeof apiKey !== "string" || !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError(
      "AuthGraphAdapter cannot send its apiKey: it holds a space, a line break or another character that no key has.",
    );
  }
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError("AuthGraphAdapter cannot use its url: pass an absolute one, as https://auth.example/graphql.");
  }
  if (parsed.username || parsed.password) {
    throw new TypeError("AuthGraphAdapter cannot use its url: leave out the user name and password, fetch takes none.");
  }
  const inQuery = [...parsed.searchParams.values()];
  const redact = redaction(apiKey, apiKey.slice(apiKey.lastIndexOf("_") + 1), parsed.search, parsed.hash, ...inQuery);
  return { url, shown: redact(parsed.origin + parsed.pathname), redact };
}

async function post(
  fetch: typeof globalThis.fetch,
  { url, redact }: Target,
  request: RequestInit,
  asked: Asked,
  tried: string,
  timeoutMs: number,
): Promise<Outcome> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, request);
    text = await response.text();
  } catch (thrown) {
    const cause = told(thrown, redact);
    if (request.signal?.aborted) {
      const message = `No answer within ${timeoutMs} ms to ${tried}: ask again, or raise timeoutMs.`;
      return { failure: new AuthGraphError(message, { code: "TIMEOUT", cause }), retryAfterMs: null };
    }
    const message = `No answer to ${tried}: ${reason(cause)}. Check the url, and that the server runs.`;
    return { failure: new AuthGraphError(message, { code: "NETWORK_ERROR", cause }), retryAfterMs: 0 };
  }
  const body = parse(text);
  const problems: unknown = body?.errors ?? [];
  const problem: unknown = Array.isArray(problems) ? problems[0] : problems;
  const failure =
    Array.isArray(problems) && isProblem(problem)
      ? new AuthGraphError(`${redact(String(problem.message))} (${tried})`, {
          code: redact(String(problem.extensions?.code ?? "BAD_RESPONSE")),
          path: shown(problem.path, redact),
        })
      : problem !== undefined || !isAnswer(body?.data, asked)
        ? new AuthGraphError(
            `HTTP ${response.status} without a GraphQL answer to ${tried}: check that the url leads to /graphql of authgraph.`,
            { code: "BAD_RESPONSE" },
          )
        : null;
  if (failure === null) return { data: body?.data };
  const passing = PASSING_STATUS.has(response.status) || PASSING_CODES.has(failure.code);
  return { failure, retryAfterMs: passing ? retryAfter(response) : null };
}

function parse(text: string): { data?: unknown; errors?: unknown } | null {
  try {
    const body: unknown = JSON.parse(text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

function isProblem(value: unknown): value is Problem {
  return isObject(value);
}

/**
 * Whether data is the answer to what was asked. Another API, a cache or a mock may send any: without the field, nobody
 * would seem to be there.
 */
function isAnswer(data: unknown, { field, mutates }: Asked): boolean {
  if (!isObject(data) || !(field in data)) return false;
  const value = data[field];
  if (value === null) return true;
  return isObject(value) && (!mutates || (Array.isArray(value.userErrors) && value.userErrors.every(isRefusal)));
}

function isRefusal(value: unknown): boolean {
  return isObject(value) && typeof value.code === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The data of an answer, with nothing secret in the reasons why something was refused. */
function withCleanRefusals(data: unknown, redact: Redact): unknown {
  if (typeof data !== "object" || data === null) return data;
  for (const payload of Object.values(data) as ({ userErrors?: unknown } | null)[]) {
    if (!Array.isArray(payload?.userErrors)) continue;
    for (const refusal of payload.userErrors as RefusalFragment[]) {
      refusal.message = redact(String(refusal.message));
      refusal.path = shown(refusal.path, redact).map(String);
    }
  }
  return data;
}

/** A path as a GraphQL answer has it, and nothing else that may be in its place. */
function shown(path: unknown, redact: Redact): (string | number)[] {
  if (!Array.isArray(path)) return [];
  return path.map((step) => (typeof step === "number" ? step : redact(String(step))));
}

/** What went wrong, with the reason that `fetch` keeps in its cause, such as ECONNREFUSED. */
function reason(error: Error | undefined): string {
  if (error === undefined) return "no reason was given";
  const { cause } = error;
  const detail = cause instanceof Error ? cause.message || ("code" in cause ? String(cause.code) : "") : "";
  return detail ? `${error.message} (${detail})` : error.message;
}

function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? seconds * 1000 : 0;
}

/** Twice as long each time, and never the same for everybody. */
function backoff(attempt: number): number {
  return BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}

/** Whether the wait ended before the signal. */
function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const end = (slept: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(slept);
    };
    const abort = () => end(false);
    const timer = setTimeout(() => end(true), ms);
    signal.addEventListener("abort", abort);
  });
}
