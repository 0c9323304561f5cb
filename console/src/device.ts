/** Browsers by what only they say, the most particular first: every one of them also claims to be others. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/\bcurl\//, "curl"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
  [/\bLinux\b/, "Linux"],
];
const MOBILE = new Set(["iPhone", "iPad", "Android"]);

export interface Device {
  /** A short name, such as "Firefox on Linux". */
  label: string;
  isMobile: boolean;
}

/** What a `User-Agent` header says, in a few words. */
export function deviceOf(userAgent: string | null): Device {
  if (!userAgent) return { label: "Unknown device", isMobile: false };
  const find = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = find(BROWSERS);
  const system = find(SYSTEMS);
  const label = [browser, system].filter(Boolean).join(" on ") || userAgent.slice(0, 40);
  return { label, isMobile: system !== undefined && MOBILE.has(system) };
}
