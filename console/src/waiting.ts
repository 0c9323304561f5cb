import { useSyncExternalStore } from "react";

/** Requests that wait because the server said when to come back. The layout shows the time that is left. */
export interface Wait {
  /** Milliseconds since the epoch. */
  until: number;
  code: string;
}

let waits: readonly Wait[] = [];
const listeners = new Set<() => void>();

function replace(next: readonly Wait[]) {
  waits = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Resolves after `seconds`; rejects as soon as the request is no longer wanted. */
export async function waitFor(seconds: number, code: string, signal: AbortSignal | null | undefined) {
  const wait = { until: Date.now() + seconds * 1000, code };
  replace([...waits, wait]);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, seconds * 1000);
      const stop = () => {
        clearTimeout(timer);
        reject(new DOMException("The request is no longer wanted.", "AbortError"));
      };
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop, { once: true });
    });
  } finally {
    replace(waits.filter((each) => each !== wait));
  }
}

export function useWaits() {
  return useSyncExternalStore(subscribe, () => waits);
}
