/** The icons of the console: strokes on a grid of 24, in the colour of the text around them. */
const PATHS = {
  users: "M16 20v-1.5a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4V20M9 10.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M22 20v-1.5a4 4 0 0 0-3-3.87M16 3.63a3.5 3.5 0 0 1 0 6.74",
  key: "M14.5 13.5a5 5 0 1 0-4-4L3 17v4h4v-2.5h2.5V16H12zM16 8h.01",
  log: "M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01",
  pulse: "M2 12h4.5L9.5 4l5 16 3-8H22",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M21 21l-5-5",
  close: "M18 6 6 18M6 6l12 12",
  check: "M20 6.5 9.5 17 4 11.5",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  up: "M5 15l7-7 7 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
  moon: "M20.5 14.5A8.5 8.5 0 0 1 9.5 3.5a8.5 8.5 0 1 0 11 11",
  screen: "M3 4h18v12H3zM8.5 20h7M12 16v4",
  phone: "M7 2h10v20H7zM11 18.5h2",
  exit: "M10 4H4v16h6M15 8l4 4-4 4M19 12H9",
  warning: "M12 3.5 2 20.5h20zM12 10v4.5M12 17.5h.01",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5M12 8h.01",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3.5 2",
  ban: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M5.8 5.8l12.4 12.4",
  pencil: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5 17.5 10",
  trash: "M4 7h16M10 11v5.5M14 11v5.5M6 7l1 13.5h10L18 7M9 7V3.5h6V7",
  unlink: "M9 7H7a5 5 0 0 0 0 10h2M15 7h2a5 5 0 0 1 3.2 8.8M8 12h5M3 3l18 18",
  merge: "M6 3v5a6 6 0 0 0 6 6v7M18 3v5a6 6 0 0 1-6 6",
  mask: "M3 6c6-2 12-2 18 0v5c0 5-3.5 8-6 8-1.5 0-2-1.5-3-1.5S10.5 19 9 19c-2.5 0-6-3-6-8zM7 11h3M14 11h3",
  mail: "M3 5.5h18v13H3zM3.5 6.5l8.5 6.5 8.5-6.5",
  passkey: "M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2.5 20.5v-1a5.5 5.5 0 0 1 5.5-5.5h4M18.5 15.5a2.5 2.5 0 1 0-2-.1v5.600l1 1 1.5-1.5-1-1 1-1z",
  filter: "M3 5h18l-7 8.5V20l-4-2v-4.5z",
  plus: "M12 5v14M5 12h14",
  refresh: "M20 11a8 8 0 1 0-.8 4.5M20 4.5V11h-6.5",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon. Decoration unless it has a `label`, which is its text for those who cannot see it. */
export function Icon({ name, label, size = 18 }: { name: IconName; label?: string; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}
    >
      {label && <title>{label}</title>}
      <path d={PATHS[name]} />
    </svg>
  );
}
