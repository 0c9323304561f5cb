// Serves the app of auth.ts beside the page.

import type { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

import type { Connect, Plugin, PreviewServer, ViteDevServer } from "vite";

import { signInApp } from "./auth.js";

/** A plugin for `vite` and `vite preview`: the app answers every path below `basePath`. */
export function withSignIn(basePath: string, api: string): Plugin {
  function serve({ middlewares, config }: ViteDevServer | PreviewServer): void {
    const app = signInApp(basePath, api, (line) => config.logger.info(line));
    middlewares.use(basePath, (request, response, next) => {
      asRequest(request)
        .then(app)
        .then((answer) => send(answer, response))
        .catch(next);
    });
  }
  return { name: "sign-in", configureServer: serve, configurePreviewServer: serve };
}

async function asRequest(request: Connect.IncomingMessage): Promise<Request> {
  const { method = "GET", headers, originalUrl = "/" } = request;
  return new Request(new URL(originalUrl, `http://${headers.host}`), {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: method === "POST" ? await text(request) : null,
  });
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.statusCode = answer.status;
  response.setHeaders(answer.headers);
  response.end(await answer.text());
}
