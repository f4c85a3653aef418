import { duplicateKeys } from "./duplicate-keys.ts";
import { jsonSyntaxError } from "./syntax-error.ts";

/** Deeper data is an attack: every walk over it is recursive. */
const MAX_DEPTH = 1000;

/** What JSON text says. */
export interface ParsedJson {
  value: unknown;
  /** Paths of keys that stand twice in one object (the last one counts). Found on the first look, which scans the text. */
  readonly duplicates: readonly string[];
}

/**
 * Reads JSON. Throws an Error when it is malformed (in the words of Go's decoder), nested more than 1,000 deep, or has a key `__proto__`, which would change the objects it is
 * copied into.
 */
export function parseJson(text: string): ParsedJson {
  const value = parse(text);
  const suspicious = text.includes("__proto__") || /\\u005f/i.test(text);
  // A nesting needs two characters: short texts can't be too deep.
  if (suspicious || text.length > 2 * MAX_DEPTH) checkNode(value, 1, suspicious);
  return new Parsed(value, text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(jsonSyntaxError(text) ?? (error as Error).message);
  }
}

class Parsed implements ParsedJson {
  value: unknown;
  #text: string | undefined;
  #duplicates: readonly string[] = [];

  constructor(value: unknown, text: string) {
    this.value = value;
    this.#text = text;
  }

  get duplicates(): readonly string[] {
    if (this.#text !== undefined) this.#duplicates = duplicateKeys(this.#text);
    this.#text = undefined;
    return this.#duplicates;
  }
}

function checkNode(value: unknown, depth: number, suspicious: boolean): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_DEPTH) throw new Error(`exceeded max depth: JSON may be nested at most ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) {
    for (const item of value) checkNode(item, depth + 1, suspicious);
    return;
  }
  if (suspicious && Object.hasOwn(value, "__proto__")) throw new Error('the key "__proto__" is not allowed');
  for (const key in value) checkNode((value as Record<string, unknown>)[key], depth + 1, suspicious);
}
