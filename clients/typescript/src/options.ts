export interface AuthGraphOptions {
  /** The address of the API, such as `https://auth.example/graphql`. */
  url: string;
  /** An API key with the scope `adapter`. */
  apiKey: string;
  /** Whether attributes that sound secret, such as a password hash, come back too; the key then needs `secrets:read`. */
  secretAttributes?: boolean;
  /** What sends the requests; the `fetch` of the runtime unless given. */
  fetch?: typeof globalThis.fetch;
  /** How long one call may take, retries included; 10 seconds unless given. */
  timeoutMs?: number;
}
