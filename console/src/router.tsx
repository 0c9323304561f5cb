import { type AnchorHTMLAttributes, type MouseEvent, useMemo, useSyncExternalStore } from "react";

/** The address of the page below /console, such as `/users` with the parameters of a list. */
export interface Location {
  path: string;
  search: string;
}

const BASE = import.meta.env.BASE_URL.replace(/\/$/, "");
const listeners = new Set<() => void>();

function changed() {
  current = read();
  for (const listener of listeners) listener();
}

function read(): Location {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname;
  return { path: path.replace(/\/+$/, "") || "/", search };
}

let current = read();
window.addEventListener("popstate", changed);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLocation(): Location {
  return useSyncExternalStore(subscribe, () => current);
}

/** Where a path of the console is on the server. */
export function href(to: string) {
  return BASE + to;
}

/** Goes to a path of the console, such as `/users?order=name`. `replace` leaves no entry in the history. */
export function navigate(to: string, { replace = false } = {}) {
  if (replace) window.history.replaceState(null, "", href(to));
  else {
    window.history.pushState(null, "", href(to));
    window.scrollTo(0, 0);
  }
  changed();
}

/** The parameters of the address, and a function that changes some of them. Null removes one. */
export function useParameters(): [URLSearchParams, (changes: Record<string, string | null>, options?: { replace?: boolean }) => void] {
  const { search } = useLocation();
  const parameters = useMemo(() => new URLSearchParams(search), [search]);
  return [parameters, changeParameters];
}

function changeParameters(changes: Record<string, string | null>, options?: { replace?: boolean }) {
  navigate(withParameters(current, changes), options);
}

/** An address with some of its parameters changed. */
export function withParameters({ path, search }: Location, changes: Record<string, string | null>) {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

/** The parts of a path that the names in a pattern stand for, such as `id` of `/users/:id`; null if it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const name = wanted[index]!;
    if (!name.startsWith(":")) {
      if (name !== part) return null;
    } else {
      try {
        found[name.slice(1)] = decodeURIComponent(part);
      } catch {
        return null;
      }
    }
  }
  return found;
}

/** A link within the console: a usual click changes the view, every other one is the browser's. */
export function Link({ to, onClick, ...rest }: { to: string } & AnchorHTMLAttributes<HTMLAnchorElement>) {
  function go(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    navigate(to);
  }
  return <a href={href(to)} onClick={go} {...rest} />;
}
