export interface AuthGraphOptions {
  /** The address of the API, such as `https://auth.example/graphql`. */
  url: string;
  /** An API key with the scope `adapter`. */
  apiKey: string;
  /**
   * Whether everything that is stored comes back, as from the official adapter: also attributes that sound secret, such
   * as a password hash, and the tokens of accounts. The key then needs `secrets:read`.
   */
  secrets?: boolean;
  /** What sends the requests; the `fetch` of the runtime unless given. */
  fetch?: typeof globalThis.fetch;
  /** How long one call may take, retries included; 10 seconds unless given. */
  timeoutMs?: number;
}
