import { use, useState } from "react";

import { Pictures } from "../pictures";

const TINTS = 6;
const LOADABLE = /^(https:|data:image\/)/;

interface AvatarProps {
  user: { userId: string; name: string | null; email: string | null; image?: string | null };
  isLarge?: boolean;
}

/** The picture of a user, or their initials: without one, or if pictures of other hosts are not to be loaded. */
export function Avatar({ user, isLarge }: AvatarProps) {
  const areAllowed = use(Pictures);
  const [broken, setBroken] = useState<string | null>(null);
  const classes = `avatar tint-${tint(user.userId)}${isLarge ? " large" : ""}`;
  const { image } = user;
  if (image && image !== broken && LOADABLE.test(image) && (areAllowed || image.startsWith("data:"))) {
    return <img className={classes} src={image} alt="" loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(image)} />;
  }
  return (
    <span className={classes} aria-hidden="true">
      {initials(user.name ?? user.email ?? "")}
    </span>
  );
}

/** At most two letters that stand for a name. */
export function initials(name: string) {
  const words = name.trim().split(/[\s._@-]+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 && !name.includes("@") ? words.at(-1) : undefined];
  return letters.map((word) => (word ? [...word][0]! : "")).join("").toUpperCase() || "?";
}

function tint(text: string) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)!) % 65_521;
  return sum % TINTS;
}
