/** The path of the Auth.js app's routes, such as `/api/auth`; `vite.config.ts` defines it. */
declare const AUTH_PATH: string;
