import type { DirectoryList, UserFilter, UserOrder, UserOrderField, UsersQueryVariables } from "../../graphql";

/** The users of a page. */
export const PAGE_SIZE = 25;

interface Order {
  title: string;
  field: UserOrderField;
  direction: UserOrder["direction"];
  list: DirectoryList;
}

/** The orders by their names in the address. Each is a list of the directory, and offered only if that is kept. */
export const ORDERS: Record<string, Order> = {
  newest: { title: "Newest first", field: "CREATED_AT", direction: "DESC", list: "CREATED" },
  oldest: { title: "Oldest first", field: "CREATED_AT", direction: "ASC", list: "CREATED" },
  seen: { title: "Latest sign-in first", field: "LAST_SIGN_IN_AT", direction: "DESC", list: "SIGNED_IN" },
  unseen: { title: "Longest without sign-in first", field: "LAST_SIGN_IN_AT", direction: "ASC", list: "SIGNED_IN" },
  name: { title: "Name, A to Z", field: "NAME", direction: "ASC", list: "NAME" },
  "name-down": { title: "Name, Z to A", field: "NAME", direction: "DESC", list: "NAME" },
  email: { title: "E-mail, A to Z", field: "EMAIL", direction: "ASC", list: "EMAIL" },
  "email-down": { title: "E-mail, Z to A", field: "EMAIL", direction: "DESC", list: "EMAIL" },
};

/** The parameters that choose users, without those of the page. */
export const CONDITIONS = ["q", "anywhere", "provider", "verified", "disabled", "from", "to"] as const;

const ANSWERS: Record<string, boolean> = { yes: true, no: false };

/** Which of the conditions that are lists of their own is in the address: at most one of them can be sent. */
export function listOf(parameters: URLSearchParams): "search" | "provider" | "created" | null {
  if (parameters.get("q")) return parameters.get("anywhere") ? null : "search";
  if (parameters.get("provider")) return "provider";
  return parameters.get("from") || parameters.get("to") ? "created" : null;
}

/** What the address of the view asks the API for. */
export function variablesOf(
  parameters: URLSearchParams,
  kept: ReadonlySet<DirectoryList>,
  withAccounts: boolean,
): UsersQueryVariables {
  const before = parameters.get("before");
  const after = parameters.get("after");
  const page = before ? { last: PAGE_SIZE, before } : { first: PAGE_SIZE, after };
  return { ...page, orderBy: orderOf(parameters, kept), filter: filterOf(parameters), withAccounts };
}

/** The name of the order in which the view lists; null for the order that a condition has by itself, or the table. */
export function orderName(parameters: URLSearchParams, kept: ReadonlySet<DirectoryList>): string | null {
  const list = listOf(parameters);
  if (list === "search" || list === "provider") return null;
  const name = parameters.get("order") ?? "newest";
  const order = ORDERS[name];
  if (list === "created") return order?.list === "CREATED" ? name : "newest";
  return order && kept.has(order.list) ? name : null;
}

function orderOf(parameters: URLSearchParams, kept: ReadonlySet<DirectoryList>): UserOrder | null {
  const order = ORDERS[orderName(parameters, kept) ?? ""];
  return order ? { field: order.field, direction: order.direction } : null;
}

function filterOf(parameters: URLSearchParams): UserFilter | null {
  const list = listOf(parameters);
  const q = parameters.get("q");
  const filter: UserFilter = {
    ...(q && (list === "search" ? { search: q } : { contains: q })),
    ...(list === "provider" && { provider: parameters.get("provider") }),
    ...(list === "created" && { createdAt: rangeOf(parameters) }),
    ...answerOf("emailVerified", parameters.get("verified")),
    ...answerOf("disabled", parameters.get("disabled")),
  };
  return Object.keys(filter).length ? filter : null;
}

function answerOf(name: "emailVerified" | "disabled", value: string | null): UserFilter {
  const answer = ANSWERS[value ?? ""];
  return answer === undefined ? {} : { [name]: answer };
}

/** Whole days of the reader's time zone, the last one included. */
function rangeOf(parameters: URLSearchParams) {
  return { from: startOf(parameters.get("from"), 0), to: startOf(parameters.get("to"), 1) };
}

function startOf(day: string | null, daysLater: number): string | null {
  const date = new Date(`${day}T00:00`);
  if (Number.isNaN(date.getTime())) return null;
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}
