import { apiVersionOf, type KindDefinition, type WriteContext } from "./kind.ts";
import type { ApiObject } from "./object.ts";

/** The kind that objects of `kind` are stored as: itself, unless it is one of several versions of a resource. */
export function storedKind(kind: KindDefinition): KindDefinition {
  return kind.storedAs?.kind ?? kind;
}

/** The kind that stands for the whole resource of `kind`, whatever its versions: the one that what is written is stored as. */
export function resourceKind(kind: KindDefinition): KindDefinition {
  return kind.conversion?.stored ?? storedKind(kind);
}

/** An object of `kind` as it is stored: with its version's defaults, in the stored version. May change and give `object`. */
export function toStored(kind: KindDefinition, object: ApiObject): ApiObject {
  const { storedAs } = kind;
  if (!storedAs) return object;
  kind.defaults?.(object);
  const stored = storedAs.toStored?.(object) ?? object;
  return { ...stored, apiVersion: apiVersionOf(storedAs.kind), kind: storedAs.kind.kind };
}

/** A stored object as `kind` shows it. `stored` is not changed; parts of it may be shared. */
export function fromStored(kind: KindDefinition, stored: ApiObject): ApiObject {
  const { storedAs } = kind;
  if (!storedAs) return stored;
  return { ...(storedAs.fromStored?.(stored) ?? stored), apiVersion: apiVersionOf(kind), kind: kind.kind };
}

/** The checks of a kind, whatever version a request speaks. */
type Check = "validate" | "validateCreate";

/** What is wrong with a stored object, as the version that the request came in sees it: its own check when it has one. */
export function checkAs(kind: KindDefinition, check: Check, stored: ApiObject): ReturnType<NonNullable<KindDefinition["validate"]>> {
  if (kind.storedAs && kind[check]) return kind[check](fromStored(kind, stored));
  return storedKind(kind)[check]?.(stored) ?? [];
}

/** What is wrong with a change of a stored object, as the version that the request came in sees it. */
export function checkUpdateAs(
  kind: KindDefinition,
  next: ApiObject,
  prev: ApiObject,
  context: WriteContext,
): ReturnType<NonNullable<KindDefinition["validateUpdate"]>> {
  if (kind.storedAs && kind.validateUpdate) return kind.validateUpdate(fromStored(kind, next), fromStored(kind, prev), context);
  return storedKind(kind).validateUpdate?.(next, prev, context) ?? [];
}

/** The Warnings that a stored object gives to a client that speaks `kind`. */
export function warningsAs(kind: KindDefinition, stored: ApiObject): string[] {
  if (kind.storedAs && kind.warnings) return kind.warnings(fromStored(kind, stored));
  return storedKind(kind).warnings?.(stored) ?? [];
}

const PATTERN = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/**
 * The order in which versions of a group are offered: `v2`, `v1`, `v2beta1`, `v1alpha1`, then others by name. Source: apimachinery
 * `version.CompareKubeAwareVersionStrings`.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return (right[i] as number) - (left[i] as number);
  return 0;
}

const STABILITY = { alpha: 0, beta: 1 } as const;

function rankOf(version: string): number[] | undefined {
  const match = PATTERN.exec(version);
  if (!match) return undefined;
  const [, major, stage, minor] = match;
  return [stage ? STABILITY[stage as keyof typeof STABILITY] : 2, Number(major), Number(minor ?? 0)];
}
