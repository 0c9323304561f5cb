/** What the server says about itself before anybody has signed in: the answer of /console/config.json. */
export interface Config {
  /** The path of the GraphQL endpoint. */
  graphql: string;
  /** In development the administrator key of this machine. Otherwise null. */
  developmentKey: string | null;
  /** Whether the page may load pictures from other hosts. The Content-Security-Policy says the same. */
  pictures: boolean;
}

const DEFAULTS: Config = { graphql: "/graphql", developmentKey: null, pictures: false };

export async function readConfig(): Promise<Config> {
  try {
    const response = await fetch(`${import.meta.env.BASE_URL}config.json`, { cache: "no-store", credentials: "omit" });
    return response.ok ? { ...DEFAULTS, ...((await response.json()) as Partial<Config>) } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}
