const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};
const NAMES = new Map(Object.entries(ESCAPES).map(([letter, c]) => [c, letter]));
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;

/** The text within a Go string literal; undefined when it is none. Source: Go's strconv.Unquote. */
export function unquoteGo(literal: string): string | undefined {
  if (literal.startsWith("`")) return literal.slice(1, -1).replaceAll("\r", "");
  return unescaped(literal.slice(1, -1), literal[0] === '"' ? "'" : '"');
}

function unescaped(text: string, other: string): string | undefined {
  let valid = true;
  const bytes: Buffer[] = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    const [whole, hex, short, long, octal, letter] = match;
    bytes.push(Buffer.from(text.slice(at, match.index)));
    at = match.index + whole.length;
    if (hex ?? octal) bytes.push(Buffer.from([Number.parseInt((hex ?? octal) as string, hex ? 16 : 8) & 255]));
    else if (short ?? long)
      bytes.push(Buffer.from(String.fromCodePoint(Math.min(Number.parseInt((short ?? long) as string, 16), 0x10ffff))));
    else if (letter !== undefined && letter !== other && ESCAPES[letter] !== undefined) bytes.push(Buffer.from(ESCAPES[letter] as string));
    else valid = false;
  }
  bytes.push(Buffer.from(text.slice(at)));
  return valid ? Buffer.concat(bytes).toString() : undefined;
}

/** The code point of `'a'`; undefined when it is not one character. */
export function characterValue(literal: string): number | undefined {
  const [c, ...more] = unescaped(literal.slice(1, -1), '"') ?? "";
  return c === undefined || more.length ? undefined : c.codePointAt(0);
}

/** A text as a Go string literal. Source: Go's strconv.Quote. */
export function quoteGo(text: string, quote = '"'): string {
  const shown = [...text].map((c) => {
    if (c === quote || c === "\\") return `\\${c}`;
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c)) return c;
    const letter = NAMES.get(c);
    const code = c.codePointAt(0) as number;
    if (letter && letter !== "'" && letter !== '"') return `\\${letter}`;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return quote + shown.join("") + quote;
}
