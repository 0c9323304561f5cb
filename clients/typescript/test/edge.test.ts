// @vitest-environment edge-runtime

// The adapter where there is no Node.js, only what the web has.

import { expect, test } from "vitest";

import { AuthGraphAdapter } from "@authgraph/adapter";
import { createAdapter, inSeconds, uniqueEmail } from "./server.js";

declare const EdgeRuntime: string | undefined;

test("it works on an edge runtime", async () => {
  expect(EdgeRuntime).toBeDefined();
  const adapter = await createAdapter();
  const user = await adapter.createUser({ id: crypto.randomUUID(), email: uniqueEmail(), emailVerified: null });
  const session = { sessionToken: crypto.randomUUID(), userId: user.id, expires: inSeconds(60) };
  await adapter.createSession(session);
  expect(await adapter.getSessionAndUser(session.sessionToken)).toEqual({
    session: { ...session, createdAt: expect.anything() },
    user,
  });
});

test("a failure is as clear there", async () => {
  const adapter = AuthGraphAdapter({ url: "http://127.0.0.1:1/graphql", apiKey: "k", timeoutMs: 5000 });
  await expect(adapter.getUser("1")).rejects.toMatchObject({ name: "AuthGraphError", code: "NETWORK_ERROR" });
});
