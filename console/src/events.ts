/** What mutations have done, in words. `changed` are the names of the fields that they changed. */
export const ACTIONS: Readonly<Record<string, string>> = {
  registerUser: "Signed up",
  createUser: "Created the user",
  createUsers: "Created the user",
  updateUser: "Changed the user",
  deleteUser: "Deleted the user",
  deleteUsers: "Deleted the user",
  mergeUsers: "Merged with another user",
  disableUser: "Disabled the user",
  disableUsers: "Disabled the user",
  enableUser: "Enabled the user",
  enableUsers: "Enabled the user",
  linkAccount: "Linked an account",
  unlinkAccount: "Unlinked an account",
  moveAccount: "Moved an account",
  updateAccountTokens: "Stored new tokens",
  createSession: "Signed in",
  updateSession: "Changed a session",
  rotateSession: "Renewed a session",
  deleteSession: "Ended a session",
  deleteSessions: "Signed out everywhere",
  deleteSessionsOfUsers: "Signed out everywhere",
  createAuthenticator: "Added a passkey",
  updateAuthenticatorCounter: "Used a passkey",
  deleteAuthenticator: "Removed a passkey",
  createApiKey: "Made an API key",
  revokeApiKey: "Revoked an API key",
  createVerificationToken: "Made a verification token",
  useVerificationToken: "Used a verification token",
  deleteVerificationTokens: "Deleted verification tokens",
};

export function actionName(action: string) {
  return ACTIONS[action] ?? action;
}

interface Actor {
  kind: string;
  name: string | null;
  apiKeyId: string | null;
  userId: string | null;
  impersonator: string | null;
}

/** Who made a change, in a few words. */
export function actorName(actor: Actor | null, userId: string | null) {
  if (!actor) return "Not known";
  if (actor.kind === "API_KEY") return actor.name ?? (actor.apiKeyId ? "An API key" : "Administrator key");
  if (actor.impersonator) return `${actor.impersonator}, as the user`;
  return actor.userId !== null && actor.userId === userId ? "The user" : (actor.userId ?? "A person");
}
