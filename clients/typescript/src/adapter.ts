/**
 * An app with next-auth 4 may not have this package; the adapter is of any type there.
 * @ts-ignore */
import type { Adapter, AdapterAuthenticator } from "@auth/core/adapters";

import { accepted, createClient } from "./client.js";
import { AuthGraphError, type AuthGraphErrorCode } from "./errors.js";
import {
  defined,
  fromAccount,
  fromAuthenticator,
  fromSession,
  fromUser,
  fromVerificationToken,
  toAccount,
  toAccountKey,
  toAuthenticator,
  toNewSession,
  toSession,
  toUser,
} from "./models.js";
import * as operations from "./operations.js";
import type { AuthGraphOptions } from "./options.js";
import { end, id } from "./values.js";

/** An Auth.js adapter that keeps users, accounts, sessions, tokens and passkeys in authgraph, one request a call. */
export function AuthGraphAdapter(options: AuthGraphOptions): Adapter & Required<Adapter> {
  const { keyed, repeatable } = createClient(options);

  return {
    async createUser(user) {
      // The id that Auth.js proposes is kept; without one the server makes it.
      const input = defined({ ...toUser(user), userId: id(user.id) });
      const { result } = await keyed(operations.CreateUserDocument, input);
      return fromUser(made(accepted(result).user));
    },

    async getUser(userId) {
      const { user } = await repeatable(operations.GetUserDocument, { id: userId });
      return user && fromUser(user);
    },

    async getUserByEmail(email) {
      const { user } = await repeatable(operations.GetUserByEmailDocument, { email });
      return user && fromUser(user);
    },

    async getUserByAccount(key) {
      const { user } = await repeatable(operations.GetUserByAccountDocument, { account: toAccountKey(key) });
      return user && fromUser(user);
    },

    async updateUser(user) {
      const input = { by: { userId: id(user.id) }, ...toUser(user) };
      const { result } = await repeatable(operations.UpdateUserDocument, { input });
      return fromUser(made(accepted(result).user));
    },

    async deleteUser(userId) {
      const { result } = await repeatable(operations.DeleteUserDocument, { input: { by: { userId } } });
      const deleted = accepted(result).user;
      return deleted && fromUser(deleted);
    },

    async linkAccount(account) {
      const { result } = await keyed(operations.LinkAccountDocument, toAccount(account));
      accepted(result);
      return defined(account);
    },

    async unlinkAccount(key) {
      // Whether it is the last way to sign in is for the app to decide.
      const input = { by: { account: toAccountKey(key) }, force: true };
      const { result } = await repeatable(operations.UnlinkAccountDocument, { input });
      if (isRefused(result, "NOT_FOUND")) return undefined;
      const { account } = accepted(result);
      return (account && fromAccount(account)) ?? undefined;
    },

    async getAccount(providerAccountId, provider) {
      const key = toAccountKey({ provider, providerAccountId });
      const { account } = await repeatable(operations.GetAccountDocument, { account: key });
      return account && fromAccount(account);
    },

    async createSession(session) {
      const input = toNewSession(session, await options.describeSession?.());
      const { result } = await keyed(operations.CreateSessionDocument, input);
      return fromSession(made(accepted(result).session), session.sessionToken);
    },

    async getSessionAndUser(sessionToken) {
      const { session } = await repeatable(operations.GetSessionAndUserDocument, { sessionToken });
      if (!session?.user) return null;
      return { session: fromSession(session, sessionToken), user: fromUser(session.user) };
    },

    async updateSession(changes) {
      const { result } = await repeatable(operations.UpdateSessionDocument, { input: toSession(changes) });
      if (isRefused(result, "NOT_FOUND", "EXPIRED")) return null;
      const { session } = accepted(result);
      return session && fromSession(session, changes.sessionToken);
    },

    async deleteSession(sessionToken) {
      const { result } = await repeatable(operations.DeleteSessionDocument, { input: { by: { sessionToken } } });
      const { session } = accepted(result);
      return session && fromSession(session, sessionToken);
    },

    async createVerificationToken({ identifier, token, expires }) {
      const input = { identifier, token, expires: end(expires) };
      const { result } = await keyed(operations.CreateVerificationTokenDocument, input);
      return fromVerificationToken(made(accepted(result).verificationToken), token);
    },

    async useVerificationToken({ identifier, token }) {
      const { result } = await keyed(operations.UseVerificationTokenDocument, { identifier, token });
      const { verificationToken } = accepted(result);
      return verificationToken && fromVerificationToken(verificationToken, token);
    },

    async getAuthenticator(credentialId) {
      const { authenticator } = await repeatable(operations.GetAuthenticatorDocument, { credentialId });
      return authenticator && fromAuthenticator(authenticator);
    },

    async createAuthenticator(authenticator) {
      const input = toAuthenticator(authenticator);
      const { result } = await keyed(operations.CreateAuthenticatorDocument, input);
      return fromAuthenticator(made(accepted(result).authenticator));
    },

    async listAuthenticatorsByUserId(userId) {
      const found: AdapterAuthenticator[] = [];
      let after: string | null = null;
      do {
        const page: operations.ListAuthenticatorsByUserIdQuery = await repeatable(
          operations.ListAuthenticatorsByUserIdDocument,
          { userId, after },
        );
        const authenticators = page.user?.authenticators;
        found.push(...(authenticators?.nodes ?? []).map(fromAuthenticator));
        after = authenticators?.pageInfo.hasNextPage ? authenticators.pageInfo.endCursor : null;
      } while (after !== null);
      return found;
    },

    async updateAuthenticatorCounter(credentialId, counter) {
      const input = { by: { credentialId }, counter };
      const { result } = await repeatable(operations.UpdateAuthenticatorCounterDocument, { input });
      return fromAuthenticator(made(accepted(result).authenticator));
    },
  };
}

/** What a mutation that was not refused has made. */
function made<T>(entity: T | null): T {
  if (entity) return entity;
  throw new AuthGraphError("The answer names neither a result nor a reason.", { code: "BAD_RESPONSE" });
}

function isRefused(payload: { userErrors: operations.RefusalFragment[] } | null, ...codes: AuthGraphErrorCode[]) {
  return payload !== null && payload.userErrors.some(({ code }) => codes.includes(code));
}
