import type {
  AdapterAccount,
  AdapterAccountType,
  AdapterAuthenticator,
  AdapterSession,
  AdapterUser,
  VerificationToken,
} from "@auth/core/adapters";

import { type Attributes, fromAttributes, toAttributes } from "./attributes.js";
import { toDevice } from "./devices.js";
import type {
  AccountFieldsFragment,
  AccountKey,
  AuthenticatorFieldsFragment,
  CreateAuthenticatorInput,
  CreateSessionInput,
  CreateUserInput,
  LinkAccountInput,
  SessionFieldsFragment,
  UpdateSessionInput,
  UserFieldsFragment,
} from "./operations.js";
import type { SessionDescription } from "./options.js";
import { end, id, scopes, seconds, text, verified } from "./values.js";

/** What the client asks for besides, when it is told to. */
interface Secrets {
  secretAttributes?: Attributes;
}

interface AccountSecrets extends Secrets {
  attributes?: Attributes;
  tokens?: { accessToken: string | null; refreshToken: string | null; idToken: string | null } | null;
}

export function fromUser(user: UserFieldsFragment & Secrets): AdapterUser {
  const { userId, name, email, emailVerified, image, disabled, deletingAt, createdAt, lastSignInAt } = user;
  // What is stored under these names and cannot be read is among the attributes: what the API reads it as counts.
  const stored = { ...user.attributes, ...user.secretAttributes };
  const { disabledAt: _, disabledUntil: __, deletingAt: ___, ...custom } = stored;
  return {
    ...fromAttributes(custom),
    // As the official adapter returns what is stored.
    ...present({
      createdAt: createdAt && new Date(createdAt),
      lastSignInAt: lastSignInAt && new Date(lastSignInAt),
    }),
    // What keeps somebody from signing in, under the names it is stored by; see `allowSignIn`.
    ...present({
      disabledAt: disabled && new Date(disabled.at),
      disabledUntil: disabled?.until && new Date(disabled.until),
      deletingAt: deletingAt && new Date(deletingAt),
    }),
    id: userId,
    name,
    // A provider may give none. The interface has no word for that; the other adapters give null too.
    email: email as string,
    emailVerified: emailVerified === null ? null : new Date(emailVerified),
    image,
  };
}

/** What a user may have besides what Auth.js declares. */
interface Recorded {
  type?: unknown;
  createdAt?: unknown;
  lastSignInAt?: unknown;
}

/** Without `type`, which profiles have too and the table needs for itself, and without the times that the server keeps. */
export function toUser(user: Partial<AdapterUser> & Recorded): Omit<CreateUserInput, "userId"> {
  const { id: _, type: __, createdAt: ___, lastSignInAt: ____, email, emailVerified, name, image, ...attributes } = user;
  return defined({
    email: text(email) === "" ? null : text(email),
    emailVerified: verified(emailVerified),
    name: text(name),
    image: picture(image),
    attributes: toAttributes(attributes),
  });
}

/** The most bytes the API takes, which are characters in a URL. */
const LONGEST_PICTURE = 98_304;

/** A picture the API takes. Some providers name a file of their own, and nobody is kept from signing in for that. */
function picture(image: string | null | undefined): string | null | undefined {
  if (!image) return image;
  return /^\s*(https?:|data:image\/)/i.test(image) && image.length <= LONGEST_PICTURE ? image : undefined;
}

export function fromAccount(account: AccountFieldsFragment & AccountSecrets): AdapterAccount {
  const { userId, provider, providerAccountId, type, scope, tokenType, expiresAt, sessionState, tokens } = account;
  return {
    ...fromAttributes({ ...account.attributes, ...account.secretAttributes }),
    userId,
    provider,
    providerAccountId,
    type: type as AdapterAccountType,
    ...present({
      scope,
      token_type: tokenType?.toLowerCase() as Lowercase<string> | undefined,
      expires_at: expiresAt === null ? null : Number(expiresAt),
      session_state: sessionState,
      access_token: tokens?.accessToken,
      refresh_token: tokens?.refreshToken,
      id_token: tokens?.idToken,
    }),
  };
}

export function toAccountKey(key: Pick<AdapterAccount, "provider" | "providerAccountId">): AccountKey {
  return { provider: id(key.provider), providerAccountId: id(key.providerAccountId) };
}

/** Without `id`, which the server makes, and `expires`, by which the table would remove the account. */
export function toAccount(account: AdapterAccount): LinkAccountInput {
  const {
    id: _,
    expires: __,
    userId,
    provider,
    providerAccountId,
    type,
    access_token,
    refresh_token,
    id_token,
    scope,
    token_type,
    expires_at,
    session_state,
    ...attributes
  } = account;
  return defined({
    user: { userId: id(userId) },
    ...toAccountKey({ provider, providerAccountId }),
    // What an account without a type is read as.
    type: text(type) || "oauth",
    accessToken: text(access_token),
    refreshToken: text(refresh_token),
    idToken: text(id_token),
    scope: scopes(scope),
    tokenType: text(token_type),
    expiresAt: seconds(expires_at),
    sessionState: text(session_state),
    attributes: toAttributes(attributes),
  });
}

/** The token is the caller's own: a key for an adapter is shown none. */
export function fromSession(session: SessionFieldsFragment & Secrets, sessionToken: string): AdapterSession {
  const { userId, expires, createdAt, userAgent, ipAddress, impersonator, attributes, secretAttributes } = session;
  return {
    ...fromAttributes({ ...attributes, ...secretAttributes }),
    // As the official adapter returns what is stored.
    ...present({ createdAt: createdAt && new Date(createdAt), userAgent, ipAddress, impersonator }),
    sessionToken,
    userId,
    // The schema lets it be null because that of an API key may be; that of a session never is.
    expires: new Date(expires as string),
  };
}

/** What a session may have besides what Auth.js declares. */
interface Described {
  id?: unknown;
  createdAt?: unknown;
  lastSeenAt?: unknown;
  userAgent?: unknown;
  ipAddress?: unknown;
  impersonator?: unknown;
}

/**
 * Without `id`, `createdAt` and `lastSeenAt`, which the server makes. What the session itself says of its device comes
 * first. `impersonator` is never dropped: the session would not be marked.
 */
export function toNewSession(session: AdapterSession & Described, device: SessionDescription = {}): CreateSessionInput {
  const {
    id: _,
    createdAt: __,
    lastSeenAt: ___,
    sessionToken,
    userId,
    expires,
    userAgent,
    ipAddress,
    impersonator,
    ...attributes
  } = session;
  return {
    sessionToken,
    user: { userId: id(userId) },
    expires: end(expires),
    ...toDevice(device),
    ...toDevice({ userAgent, ipAddress }),
    ...present({ impersonator: impersonator as string | null | undefined }),
    attributes: toAttributes(attributes),
  };
}

/** Without `userId`: a session stays with its user. Nor does it move to another time, device or impersonator. */
export function toSession(
  session: Partial<AdapterSession> & Pick<AdapterSession, "sessionToken"> & Described,
): UpdateSessionInput {
  const {
    id: _,
    userId: __,
    createdAt: ___,
    lastSeenAt: ____,
    userAgent: _____,
    ipAddress: ______,
    impersonator: _______,
    sessionToken,
    expires,
    ...attributes
  } = session;
  return defined({
    by: { sessionToken },
    expires: expires && end(expires),
    attributes: toAttributes(attributes),
  });
}

/** The token is the one the caller named: it is stored as a secret, which the key of an adapter does not show. */
export function fromVerificationToken(
  { identifier, expires }: { identifier: string; expires: string },
  token: string,
): VerificationToken {
  return { identifier, token, expires: new Date(expires) };
}

export function fromAuthenticator(authenticator: AuthenticatorFieldsFragment): AdapterAuthenticator {
  const { userId, credentialId, providerAccountId, credentialPublicKey, counter, deviceType, backedUp, transports } =
    authenticator;
  return {
    credentialID: credentialId,
    userId,
    providerAccountId,
    credentialPublicKey,
    counter: Number(counter),
    credentialDeviceType: deviceType === "MULTI_DEVICE" ? "multiDevice" : "singleDevice",
    credentialBackedUp: backedUp,
    transports: transports && transports.join(","),
  };
}

export function toAuthenticator(authenticator: AdapterAuthenticator): CreateAuthenticatorInput {
  return defined({
    user: { userId: authenticator.userId },
    credentialId: authenticator.credentialID,
    providerAccountId: authenticator.providerAccountId,
    credentialPublicKey: authenticator.credentialPublicKey,
    counter: authenticator.counter,
    deviceType: authenticator.credentialDeviceType === "multiDevice" ? "MULTI_DEVICE" : "SINGLE_DEVICE",
    backedUp: authenticator.credentialBackedUp,
    transports: authenticator.transports?.split(",").filter(Boolean),
  });
}

/** The same object without members that are `undefined`. */
export function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** The same object without members that are `null` or `undefined`. */
function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value != null)) as Present<T>;
}
