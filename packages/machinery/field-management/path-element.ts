import { type Data, isData } from "../data.ts";

/**
 * One step of a path inside an object, as FieldsV1 writes it: `f:name` a field or a key of a map, `k:{"name":"a"}` an item of a list by its keys,
 * `v:"a"` an item of a set by its value, `i:0` an item by its index. Source: structured-merge-diff fieldpath/serialize-pe.go.
 */
export type PathElement = string;

export const fieldElement = (name: string): PathElement => `f:${name}`;
export const valueElement = (value: unknown): PathElement => `v:${JSON.stringify(value)}`;

/** The element of a list item with these keys; `names` must be sorted. */
export function keyElement(names: readonly string[], read: (name: string) => unknown): PathElement {
  return `k:{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(read(name))}`).join(",")}}`;
}

/**
 * The element as this package writes it, whatever spaces and order it came with; undefined for a type of element that nobody knows, which is to be
 * ignored. Throws when it is malformed.
 */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error("key must be 2 characters long:");
  if (text[1] !== ":") throw new Error(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case "f":
      return text;
    case "v":
      return valueElement(JSON.parse(rest));
    case "k": {
      const keys: unknown = JSON.parse(rest);
      if (!isData(keys)) throw new Error(`the keys of a list item must be an object: ${text}`);
      return keyElement(Object.keys(keys).sort(), (name) => keys[name]);
    }
    case "i":
      if (!/^-?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(rest)}: invalid syntax`);
      return text;
    default:
      return undefined;
  }
}

/** How the element reads in a message: `.spec`, `[name="a"]`, `[="a"]`, `[0]`. Source: structured-merge-diff `PathElement.String`. */
export function elementText(element: PathElement): string {
  const rest = element.slice(2);
  if (element[0] === "f") return `.${rest}`;
  if (element[0] === "v") return `[=${rest}]`;
  if (element[0] !== "k") return `[${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Data).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `[${keys.join(",")}]`;
}

const KINDS = "fkvi";
const FIELD = KINDS.charCodeAt(0);

/** The order of elements: fields, keys, values, indexes; numbers by size. Source: structured-merge-diff `PathElement.Compare`. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  if (a.charCodeAt(0) === FIELD && b.charCodeAt(0) === FIELD) return a < b ? -1 : 1;
  if (a[0] !== b[0]) return KINDS.indexOf(a[0] as string) - KINDS.indexOf(b[0] as string);
  const [left, right] = [JSON.parse(a.slice(2)) as unknown, JSON.parse(b.slice(2)) as unknown];
  return isData(left) && isData(right) ? compareKeys(left, right) : compareScalars(left, right);
}

function compareKeys(a: Data, b: Data): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [[name, value], [otherName, otherValue]] = [left[i]!, right[i]!];
    const difference = name === otherName ? compareScalars(value, otherValue) : name < otherName ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Numbers, then strings, then booleans, then null. */
const RANKS = ["number", "string", "boolean"];

function compareScalars(a: unknown, b: unknown): number {
  const [left, right] = [rank(a), rank(b)];
  if (left !== right || left === RANKS.length) return left - right;
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

function rank(value: unknown): number {
  const index = RANKS.indexOf(typeof value);
  return index < 0 ? RANKS.length : index;
}
