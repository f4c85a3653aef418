import {
  type FieldError,
  forbiddenField,
  invalid,
  isValidPercent,
  isValidPortName,
  isValidPortNum,
  notSupported,
  required,
} from "@wherry/machinery";

/** Findings from the messages of a name rule. */
export function broken(path: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(path, value, message));
}

/** Checks every item of a list that may be absent. */
export function each<T>(
  list: readonly T[] | undefined,
  path: string,
  check: (item: T, path: string, index: number) => FieldError[],
): FieldError[] {
  return (list ?? []).flatMap((item, i) => check(item, `${path}[${i}]`, i));
}

/** A text that must be there and follow a rule. */
export function named(path: string, value: string | undefined, rule: (value: string) => string[]): FieldError[] {
  return value ? broken(path, value, rule(value)) : [required(path)];
}

/** A text that must be there. */
export function present(path: string, value: string | undefined, detail = ""): FieldError[] {
  return value ? [] : [required(path, detail)];
}

/** A word that must be one of these; absent is `Required value`. */
export function oneOf(path: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value ? oneOfIfSet(path, value, supported) : [required(path)];
}

/** A word that must be one of these when it is given. */
export function oneOfIfSet(path: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

/** Source: apimachinery `validation.ValidateNonnegativeField`. */
export function nonNegative(path: string, value: number | undefined): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(path, value, "must be greater than or equal to 0")] : [];
}

/** A number within these bounds, when it is given. */
export function between(path: string, value: number | undefined, low: number, high: number): FieldError[] {
  const good = value === undefined || (value >= low && value <= high);
  return good ? [] : [invalid(path, value, `must be between ${low} and ${high}, inclusive`)];
}

/** A port by number or by name. */
export function portOrName(path: string, value: number | string | undefined): FieldError[] {
  if (typeof value === "string") return broken(path, value, isValidPortName(value));
  return broken(path, value ?? 0, isValidPortNum(value ?? 0));
}

/** Source: apimachinery `validation.ValidateImmutableField`. */
export function immutable(path: string, next: unknown, same: boolean): FieldError[] {
  return same ? [] : [invalid(path, next, "field is immutable")];
}

/** A relative path that does not climb out of its folder. Source: core validation `validateLocalDescendingPath`. */
export function descendingPath(path: string, value: string): FieldError[] {
  return [...(value.startsWith("/") ? [invalid(path, value, "must be a relative path")] : []), ...noBacksteps(path, value)];
}

export function noBacksteps(path: string, value: string): FieldError[] {
  return value.split("/").includes("..") ? [invalid(path, value, "must not contain '..'")] : [];
}

/** Only one of these members may be given. Names the second and later ones, as upstream does. */
export function atMostOne(path: string, given: readonly string[], detail: string): FieldError[] {
  return given.slice(1).map((member) => forbiddenField(`${path}.${member}`, detail));
}

/** A count that is not negative, or a percentage. Source: apps validation `ValidatePositiveIntOrPercent`. */
export function positiveIntOrPercent(path: string, value: number | string | undefined): FieldError[] {
  if (typeof value === "string") return broken(path, value, isValidPercent(value));
  return nonNegative(path, value);
}

/** Source: apps validation `IsNotMoreThan100Percent`. */
export function atMost100Percent(path: string, value: number | string | undefined): FieldError[] {
  return percentage(value) > 100 ? [invalid(path, value, "must not be greater than 100%")] : [];
}

/** The number in a count or a percentage; 0 for what is neither. Source: apps validation `getIntOrPercentValue`. */
export function intOrPercentValue(value: number | string | undefined): number {
  return typeof value === "number" ? value : percentage(value);
}

function percentage(value: number | string | undefined): number {
  return typeof value === "string" && isValidPercent(value).length === 0 ? Number.parseInt(value, 10) : 0;
}
