import { useState } from "react";

/**
 * What a change will have made of `value`, shown until newer data are there. Setting `undefined` undoes it, for a change
 * that was rejected.
 */
export function useOverride<T>(value: T): [shown: T, override: (next: T | undefined) => void] {
  const [state, setState] = useState<{ value: T; next: T | undefined }>({ value, next: undefined });
  if (state.value !== value) {
    setState({ value, next: undefined });
    return [value, () => {}];
  }
  const override = (next: T | undefined) => setState((current) => ({ ...current, next }));
  return [state.next === undefined ? value : state.next, override];
}

/** Things of a list that are already taken out of it while the server deletes them. `putBack` is for a rejection. */
export function useRemoved(): { isRemoved: (id: string) => boolean; remove: (id: string) => void; putBack: (id: string) => void } {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  return {
    isRemoved: (id) => ids.has(id),
    remove: (id) => setIds((current) => new Set(current).add(id)),
    putBack: (id) => setIds((current) => new Set([...current].filter((each) => each !== id))),
  };
}
