import { useSyncExternalStore } from "react";

const MINUTE = 60_000;
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 24 * 60 * MINUTE],
  ["month", 30 * 24 * 60 * MINUTE],
  ["week", 7 * 24 * 60 * MINUTE],
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
];
const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absoluteFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const dateFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** A clock that ticks once in half a minute, for all times that are shown. */
let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, MINUTE / 2);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function relative(at: string, from: number) {
  const distance = new Date(at).getTime() - from;
  for (const [unit, size] of STEPS) {
    if (Math.abs(distance) >= size) return relativeFormat.format(Math.trunc(distance / size), unit);
  }
  return "just now";
}

export function absolute(at: string) {
  return absoluteFormat.format(new Date(at));
}

interface TimeProps {
  at: string;
  /** `both` writes out the absolute time as well, which is otherwise in the title. */
  show?: "relative" | "date" | "absolute" | "both";
}

/** A time: how long ago or ahead it is, with the exact time at hand. */
export function Time({ at, show = "relative" }: TimeProps) {
  const current = useSyncExternalStore(subscribe, () => now);
  const from = Math.max(current, Math.min(Date.now(), current + MINUTE));
  const texts = {
    relative: relative(at, from),
    date: dateFormat.format(new Date(at)),
    absolute: absolute(at),
    both: `${absolute(at)} (${relative(at, from)})`,
  };
  return (
    <time dateTime={at} title={show === "relative" || show === "date" ? absolute(at) : undefined}>
      {texts[show]}
    </time>
  );
}
