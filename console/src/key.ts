import { useSyncExternalStore } from "react";

/**
 * The API key of whoever has signed in. It lives in the memory of this tab. Only if they choose so, it is in the session
 * storage as well, which survives a reload and ends with the tab.
 */
const STORED_AS = "authgraph-console-key";

let key: string | null = sessionStorage.getItem(STORED_AS);
let notice: string | null = null;
const listeners = new Set<() => void>();

function changed() {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function signIn(secret: string, isKept: boolean) {
  key = secret;
  notice = null;
  if (isKept) sessionStorage.setItem(STORED_AS, secret);
  changed();
}

/** Forgets the key. `reason` is shown where one signs in again. */
export function signOut(reason: string | null = null) {
  key = null;
  notice = reason;
  sessionStorage.removeItem(STORED_AS);
  changed();
}

export function currentKey() {
  return key;
}

export function useKey() {
  return useSyncExternalStore(subscribe, currentKey);
}

/** Why the console has signed out by itself; null if it has not. */
export function useSignedOutBecause() {
  return useSyncExternalStore(subscribe, () => notice);
}
