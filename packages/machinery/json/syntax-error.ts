const END = "unexpected end of JSON input";
const DIGIT = /[0-9]/;
const HEX = /[0-9A-Fa-f]/;
const ESCAPES = 'bfnrt\\/"';

/** What is wrong, or undefined. */
type Fault = string | undefined;
type Expected = "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end";

/**
 * What is wrong with JSON text, in the words of Go's decoder: `invalid character '}' looking for beginning of object key string`. Undefined
 * when nothing is. Needs no stack for nesting. Source: Go `encoding/json`, scanner.
 */
export function jsonSyntaxError(text: string): string | undefined {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #text: string;
  readonly #open: ("{" | "[")[] = [];
  #at = 0;
  #expected: Expected = "value";

  constructor(text: string) {
    this.#text = text;
  }

  scan(): string | undefined {
    for (;;) {
      this.#space();
      const c = this.#text[this.#at];
      if (c === undefined) return this.#expected === "comma or end" && this.#open.length === 0 ? undefined : END;
      const fault = this.#step(c);
      if (fault) return fault;
    }
  }

  #space(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at]!)) this.#at++;
  }

  #step(c: string): Fault {
    const closes = this.#open.at(-1) === "{" ? "}" : "]";
    switch (this.#expected) {
      case "value or end":
        return c === "]" ? this.#close() : this.#value(c);
      case "value":
        return this.#value(c);
      case "key or end":
        return c === "}" ? this.#close() : this.#key(c);
      case "key":
        return this.#key(c);
      case "colon":
        return c === ":" ? this.#next("value") : this.#invalid("after object key");
      case "comma or end":
        if (this.#open.length === 0) return this.#invalid("after top-level value");
        if (c === closes) return this.#close();
        if (c === ",") return this.#next(closes === "}" ? "key" : "value");
        return this.#invalid(closes === "}" ? "after object key:value pair" : "after array element");
    }
  }

  #value(c: string): Fault {
    if (c === "{" || c === "[") {
      this.#open.push(c);
      return this.#next(c === "{" ? "key or end" : "value or end");
    }
    this.#expected = "comma or end";
    if (c === '"') return this.#string();
    if (c === "-" || DIGIT.test(c)) return this.#number(c);
    const word = ["true", "false", "null"].find((one) => one[0] === c);
    return word ? this.#word(word) : this.#invalid("looking for beginning of value");
  }

  #key(c: string): Fault {
    if (c !== '"') return this.#invalid("looking for beginning of object key string");
    this.#expected = "colon";
    return this.#string();
  }

  #close(): Fault {
    this.#open.pop();
    return this.#next("comma or end");
  }

  #next(expected: Expected): Fault {
    this.#at++;
    this.#expected = expected;
    return undefined;
  }

  #word(word: string): Fault {
    for (const letter of word) {
      if (this.#text[this.#at] !== letter) return this.#invalid(`in literal ${word} (expecting ${quoted(letter)})`);
      this.#at++;
    }
    return undefined;
  }

  #string(): Fault {
    this.#at++;
    for (let c = this.#text[this.#at]; c !== '"'; c = this.#text[this.#at]) {
      if (c === undefined || c < " ") return this.#invalid("in string literal");
      this.#at++;
      const fault = c === "\\" ? this.#escape() : undefined;
      if (fault) return fault;
    }
    this.#at++;
    return undefined;
  }

  #escape(): Fault {
    const c = this.#text[this.#at];
    if (c !== "u" && (c === undefined || !ESCAPES.includes(c))) return this.#invalid("in string escape code");
    this.#at++;
    for (let i = 0; c === "u" && i < 4; i++, this.#at++) {
      if (!HEX.test(this.#text[this.#at] ?? "")) return this.#invalid("in \\u hexadecimal character escape");
    }
    return undefined;
  }

  #number(first: string): Fault {
    if (first === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else if (!this.#digits()) return this.#invalid("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      if (!this.#digits()) return this.#invalid("after decimal point in numeric literal");
    }
    if (!/[eE]/.test(this.#text[this.#at] ?? "")) return undefined;
    this.#at++;
    if (/[+-]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#digits() ? undefined : this.#invalid("in exponent of numeric literal");
  }

  #digits(): boolean {
    const from = this.#at;
    while (DIGIT.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#at > from;
  }

  /** At the end of the text Go's scanner sees one space more, which only a string may hold. */
  #invalid(where: string): string {
    const c = this.#text[this.#at];
    const within = where === "in string literal";
    return c === undefined && within ? END : `invalid character ${quoted(c ?? " ")} ${where}`;
  }
}

/** A character as Go's scanner shows it: it looks at single bytes of UTF-8. Source: Go `strconv.Quote`. */
function quoted(c: string): string {
  if (c === "'") return "'\\''";
  if (c === '"') return "'\"'";
  const byte = Buffer.from(c)[0]!;
  const short = SHORT_ESCAPES.get(byte);
  if (short) return `'${short}'`;
  if (byte >= 0x20 && byte < 0x7f) return `'${c}'`;
  const hex = byte.toString(16).padStart(2, "0");
  if (byte < 0x80) return `'\\x${hex}'`;
  return byte <= 0xa0 || byte === 0xad ? `'\\u00${hex}'` : `'${String.fromCharCode(byte)}'`;
}

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, "\\a"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0b, "\\v"],
  [0x0c, "\\f"],
  [0x0d, "\\r"],
  [0x5c, "\\\\"],
]);
