import type { ErrorCode } from "./enums.js";

/**
 * Why a call failed: the API's own codes, or one of three that say how far the request came.
 *
 * - `NETWORK_ERROR`: there was no answer.
 * - `TIMEOUT`: there was no response in time, or the server said that it took too long.
 * - `BAD_RESPONSE`: something answered, but not this API.
 */
export type AuthGraphErrorCode =
  | ErrorCode
  | "NETWORK_ERROR"
  | "TIMEOUT"
  | "BAD_RESPONSE"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "SERVICE_UNAVAILABLE"
  | "THROTTLED"
  | (string & {});

/** A call that failed. */
export class AuthGraphError extends Error {
  override readonly name = "AuthGraphError";
  readonly code: AuthGraphErrorCode;
  /** For a refused input the way to it within the mutation's `input`, else the way to the field that failed. */
  readonly path: readonly (string | number)[];

  constructor(
    message: string,
    { code, path = [], cause }: { code: AuthGraphErrorCode; path?: readonly (string | number)[]; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}
