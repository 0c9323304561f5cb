export { AuthGraphAdapter } from "./adapter.js";
export { AuthGraphError, type AuthGraphErrorCode } from "./errors.js";
export type { AuthGraphOptions, SessionDescription } from "./options.js";
export { allowSignIn } from "./sign-in.js";
