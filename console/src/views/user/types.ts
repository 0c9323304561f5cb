import type { UserQuery } from "../../graphql";

export type FullUser = NonNullable<UserQuery["user"]>;
export type Account = NonNullable<FullUser["accounts"]>["nodes"][number];
export type Passkey = NonNullable<FullUser["authenticators"]>["nodes"][number];
export type Session = NonNullable<FullUser["sessions"]>["nodes"][number];

/** What to call a user: by name, address or id. */
export function titleOf(user: { name: string | null; email: string | null; userId: string }) {
  return user.name?.trim() || user.email || user.userId;
}
