import { createHash, timingSafeEqual } from "node:crypto";
import { GraphQLError } from "graphql";

const sha256 = (text) => createHash("sha256").update(text).digest();
const adminKey = sha256(process.env.ADMIN_KEY);

/** A caller is an administrator by key, or whoever holds the session token. */
export function authenticate(request) {
  const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  const admin = token !== undefined && timingSafeEqual(sha256(token), adminKey);
  return { admin, sessionToken: admin ? undefined : token };
}

export function requireAdmin(context) {
  if (!context.admin) {
    throw new GraphQLError("Forbidden", { extensions: { code: "FORBIDDEN" } });
  }
}
