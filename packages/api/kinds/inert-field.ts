/** A field of a kind that is kept and shown, but that nothing acts on in this version. */
export interface InertField {
  /** From the object, or from what a table is about: `[]` stands for every item of a list, `[key]` for a key of a map: `containers[].resources.limits[ephemeral-storage]`. */
  path: string;
  /** What a client is told behind the field's path. */
  note: string;
  /** Whether a value asks for something that it does not get. Absent: any value but an empty list, an empty text and false. */
  asks?(value: unknown): boolean;
}

/** The usual note. */
export const NO_EFFECT = "accepted, but has no effect in this version";

/** A warning for each of these fields that `value` sets; `at` is where `value` lies in the object. */
export function inertFieldWarnings(value: object | undefined, fields: readonly InertField[], at = ""): string[] {
  return fields.flatMap(({ path, note, asks = isSet }) =>
    find(value, path.split("."), at)
      .filter(([, found]) => asks(found))
      .map(([where]) => `${where}: ${note}`),
  );
}

const isSet = (value: unknown): boolean => value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);

/** All places that a path leads to, with what is there. */
function find(value: unknown, [segment, ...rest]: readonly string[], at: string): [string, unknown][] {
  if (segment === undefined) return [[at, value]];
  const [, name = "", key] = /^([^[]+)(?:\[(.*)\])?$/.exec(segment) ?? [];
  const here = at ? `${at}.${name}` : name;
  const member = memberOf(value, name);
  if (key === undefined) return member === undefined ? [] : find(member, rest, here);
  if (key === "") return Array.isArray(member) ? member.flatMap((item, i) => find(item, rest, `${here}[${i}]`)) : [];
  const entry = memberOf(member, key);
  return entry === undefined ? [] : find(entry, rest, `${here}[${key}]`);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name] ?? undefined;
}
