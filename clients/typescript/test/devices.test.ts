// What an app says of a device is sent only in a form that the API takes.

import { isIPv4, isIPv6 } from "node:net";

import { expect, test } from "vitest";

import { isIpAddress, toDevice } from "../src/devices.js";

test("an IP address is what Node.js takes for one, without a zone", () => {
  const parts = ["", "0", "1", "01", "9", "255", "256", "ffff", "10000", "g", "1.2.3.4", "1.2.3", "::", ":", "%eth0", " "];
  const texts = [...parts, ...parts.flatMap((one) => parts.flatMap((other) => [`${one}:${other}`, `${one}.${other}.1.1`]))];
  const longer = texts.flatMap((one) => ["::1", "1:2:3:4:5:6", "::ffff", "[::1]", "1::2::3"].map((other) => `${other}:${one}`));
  for (const one of [...texts, ...longer]) {
    expect(isIpAddress(one), one).toBe((isIPv4(one) || isIPv6(one)) && !one.includes("%"));
  }
});

test.each([
  [{}, {}],
  [{ userAgent: null, ipAddress: null }, {}],
  [{ userAgent: "", ipAddress: "" }, {}],
  [{ userAgent: "Mozilla/5.0", ipAddress: " 203.0.113.7 " }, { userAgent: "Mozilla/5.0", ipAddress: "203.0.113.7" }],
  [{ ipAddress: "203.0.113.7, 198.51.100.1" }, {}],
  [{ userAgent: 7, ipAddress: ["::1"] }, {}],
  [{ userAgent: "a".repeat(511) + "é" }, { userAgent: "a".repeat(511) }],
  [{ userAgent: "Zo\ud83d" }, { userAgent: "Zo\ufffd" }],
])("of %j the API gets what it takes", (described, sent) => {
  expect(toDevice(described as object)).toStrictEqual(sent);
});
