/** What `parsePlainYaml` gives. */
export type PlainValue = string | boolean | null | PlainValue[] | { [key: string]: PlainValue };

interface Line {
  indent: number;
  text: string;
}

class NotPlain extends Error {}

const KEY = /^([A-Za-z][A-Za-z0-9_-]*):(?: ([^ ].*))?$/;
/** Nothing in it has a meaning in YAML, and no number begins so. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./:+=@-]*(?<!:)$/;
/** Truth to some versions of YAML, and text to others. */
const DOUBTFUL = /^(y|yes|n|no|on|off)$/i;
const DOUBLE_QUOTED = /^"([^"\\]*)"$/;
const SINGLE_QUOTED = /^'([^']*)'$/;
const WORDS: ReadonlyMap<string, PlainValue> = new Map<string, PlainValue>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["null", "Null", "NULL"].map((word) => [word, null] as const),
]);

/**
 * Parses the YAML that kubectl and Wherry write kubeconfigs in: blocks of maps and lists, and scalars on one line. Gives undefined for everything else, whether it is valid or
 * not: that is for the real parser, which takes thirty times as long to load and to run.
 */
export function parsePlainYaml(text: string): PlainValue | undefined {
  // Also what looks like a space and is none.
  if (/[^\n\x20-\x7e]/.test(text)) return undefined;
  const lines = text.split("\n").flatMap(lineOf);
  try {
    const reader = new Reader(lines);
    const value = reader.node(0);
    return reader.atEnd ? value : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

function lineOf(line: string): Line[] {
  const text = line.trimStart();
  return text === "" || text.startsWith("#") ? [] : [{ indent: line.length - text.length, text }];
}

class Reader {
  readonly #lines: Line[];
  #at = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  get atEnd(): boolean {
    return this.#at === this.#lines.length;
  }

  /** The map or list whose lines are indented so far. */
  node(indent: number): PlainValue {
    const line = this.#lines[this.#at];
    if (line?.indent !== indent) throw new NotPlain();
    return line.text.startsWith("- ") ? this.#list(indent) : this.#map(indent);
  }

  #map(indent: number): PlainValue {
    const map = new Map<string, PlainValue>();
    for (let line = this.#next(indent); line && !line.text.startsWith("- "); line = this.#next(indent)) {
      const [, key, value] = KEY.exec(line.text) ?? [];
      if (key === undefined || map.has(key)) throw new NotPlain();
      this.#at++;
      map.set(key, value === undefined ? this.#below(indent) : scalar(value));
    }
    return Object.fromEntries(map);
  }

  /** What a key without a value on its line has: deeper lines, or a list at its own depth. */
  #below(indent: number): PlainValue {
    const line = this.#lines[this.#at];
    if (line?.indent === indent && line.text.startsWith("- ")) return this.#list(indent);
    if (!line || line.indent <= indent) throw new NotPlain();
    return this.node(line.indent);
  }

  #list(indent: number): PlainValue {
    const items: PlainValue[] = [];
    for (let line = this.#next(indent); line?.text.startsWith("- "); line = this.#next(indent)) {
      const text = line.text.slice(2);
      if (KEY.test(text)) {
        this.#lines[this.#at] = { indent: indent + 2, text };
        items.push(this.#map(indent + 2));
      } else {
        this.#at++;
        items.push(scalar(text));
      }
    }
    return items;
  }

  /** The next line, when it is on this level. */
  #next(indent: number): Line | undefined {
    const line = this.#lines[this.#at];
    return line?.indent === indent ? line : undefined;
  }
}

function scalar(text: string): PlainValue {
  if (text === "{}") return {};
  if (text === "[]") return [];
  const quoted = DOUBLE_QUOTED.exec(text) ?? SINGLE_QUOTED.exec(text);
  if (quoted) return quoted[1] as string;
  if (!PLAIN.test(text) || DOUBTFUL.test(text)) throw new NotPlain();
  return WORDS.has(text) ? (WORDS.get(text) as PlainValue) : text;
}
