const HIGHEST = 0x10ffff;

/**
 * The smallest string that sorts, in UTF-8 byte order, after every string that starts with `prefix`; undefined when there is none (the empty
 * prefix). Byte order of UTF-8 is the order of code points, so this steps the last code point that can be stepped.
 */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === HIGHEST) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}
