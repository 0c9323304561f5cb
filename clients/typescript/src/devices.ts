import type { SessionDescription } from "./options.js";

/** The most bytes of a `User-Agent` header that the API takes. */
const LONGEST_USER_AGENT = 512;

interface Device {
  userAgent?: string;
  ipAddress?: string;
}

/** What the API takes of a device. A strange header keeps nobody from signing in. */
export function toDevice({ userAgent, ipAddress }: { [K in keyof SessionDescription]: unknown }): Device {
  return {
    ...(typeof userAgent === "string" && userAgent !== "" && { userAgent: cut(userAgent) }),
    ...(typeof ipAddress === "string" && isIpAddress(ipAddress.trim()) && { ipAddress: ipAddress.trim() }),
  };
}

/** The beginning of a text, in whole characters. Half of a surrogate pair becomes U+FFFD. */
function cut(text: string): string {
  const bytes = new Uint8Array(LONGEST_USER_AGENT);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return new TextDecoder().decode(bytes.subarray(0, written));
}

const IPV4 = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.|$)){4}$/;
const IPV6 = /^[\da-f:]+(:[\d.]+)?$/i;

/** Whether a text is an IP address. Edge runtimes do not have `node:net`, but all of them know IPv6 URLs. */
export function isIpAddress(text: string): boolean {
  if (IPV4.test(text)) return true;
  const embedded = text.includes(".") ? text.slice(text.lastIndexOf(":") + 1) : null;
  return IPV6.test(text) && (embedded === null || IPV4.test(embedded)) && URL.canParse(`http://[${text}]/`);
}
