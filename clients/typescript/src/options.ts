/** What an app knows of the device of a session. */
export interface SessionDescription {
  /** The `User-Agent` header of the browser. */
  userAgent?: string | null;
  /** The IPv4 or IPv6 address of the browser. */
  ipAddress?: string | null;
}

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
  /**
   * What is known of the device that somebody signs in on, usually from the headers of the request. It is called for
   * each session that is created. What is no IP address is left out, and a long `User-Agent` is cut.
   */
  describeSession?: () => SessionDescription | Promise<SessionDescription>;
  /** What sends the requests; the `fetch` of the runtime unless given. */
  fetch?: typeof globalThis.fetch;
  /** How long one call may take, retries included; 10 seconds unless given. */
  timeoutMs?: number;
}
