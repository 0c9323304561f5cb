import { useEffect, useRef, useState } from "react";

/** Calls `act` once the value has not changed for a while. */
export function useSettled(value: string, milliseconds: number, act: (value: string) => void) {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
}

/**
 * A text that people type, which follows `outside` when that changes by itself, such as by going back. A space at its end
 * stays while they type on, although `outside` does not have it.
 */
export function useTyped(outside: string): [string, (value: string) => void] {
  const [typed, setTyped] = useState(outside);
  const [seen, setSeen] = useState(outside);
  if (outside !== seen) {
    setSeen(outside);
    if (outside !== typed.trim()) setTyped(outside);
  }
  return [typed, setTyped];
}
