type Data = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether two JSON values are the same. The order of keys does not matter; a key with `undefined` counts as absent. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b, deepEqual);
  return !Array.isArray(b) && sameKeys(a as Data, b as Data, deepEqual);
}

/**
 * Whether two JSON values mean the same to Kubernetes: absent, null and `[]` are one and the same, at every depth. `{}` is not absent: an
 * empty selector selects all, an absent one nothing. Quantities are compared as text: give them in canonical form. Source: apimachinery
 * `equality.Semantic`.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isBlank(a) || isBlank(b)) return isBlank(a) && isBlank(b);
  if (!isObject(a) || !isObject(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b, semanticEqual);
  return !Array.isArray(b) && sameKeys(a as Data, b as Data, semanticEqual);
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

type Same = (a: unknown, b: unknown) => boolean;

function sameItems(a: readonly unknown[], b: readonly unknown[], same: Same): boolean {
  return a.length === b.length && a.every((item, i) => same(item, b[i]));
}

function sameKeys(a: Data, b: Data, same: Same): boolean {
  for (const key in a) if (!same(a[key], own(b, key))) return false;
  for (const key in b) if (!Object.hasOwn(a, key) && !same(undefined, b[key])) return false;
  return true;
}

function own(o: Data, key: string): unknown {
  return Object.hasOwn(o, key) ? o[key] : undefined;
}
