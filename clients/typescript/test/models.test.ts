import { describe, expect, test } from "vitest";

import { toUser } from "../src/models.js";

describe("the picture of a user", () => {
  test.each(["https://a.example/i.png", "HTTP://a.example/i.png", "data:image/jpeg;base64, AAAA", null, ""])(
    "is sent as it is: %s",
    (image) => {
      expect(toUser({ image }).image).toBe(image);
    },
  );

  // Strava and osu! name a file of their own for people without a picture.
  test.each(["avatar/athlete/large.png", "/images/layouts/avatar-guest.png", "javascript:alert(1)", `https:${"x".repeat(98_304)}`])(
    "is left out where the API takes none such: %.40s",
    (image) => {
      expect("image" in toUser({ image })).toBe(false);
    },
  );
});
