import type { Command } from "commander";
import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import type { ManifestObject } from "../../manifests.ts";

/** An object to be made. */
export type Manifest = ManifestObject["object"];

/**
 * One subtype of `wherry create`. The objects are those that kubectl's own generators make, with the empty fields that Go's encoder writes (`status: {}`,
 * `creationTimestamp: null`), so that `--dry-run=client -o yaml` says the same.
 */
export interface Generator<Options = never> {
  /** What follows the subtype on the command line. */
  usage: string;
  description: string;
  declare?(command: Command): void;
  /** Throws a UsageError that says which word or flag is wrong. */
  generate(words: readonly string[], options: Options, connection: Connection): Manifest | Promise<Manifest>;
}

/** The only word. Source: kubectl pkg/cmd/create, NameFromCommandArgs. */
export function nameOf(words: readonly string[]): string {
  if (words.length !== 1) throw new UsageError(`exactly one NAME is required, got ${words.length}`);
  return words[0] as string;
}

/** Throws when one of the flags has no value. */
export function required(options: object, ...flags: string[]): void {
  const missing = flags.filter((flag) => {
    const value = (options as Record<string, unknown>)[flag.replace(/-(\w)/g, (_, c: string) => c.toUpperCase())];
    return value === undefined || value === "";
  });
  if (missing.length) throw new UsageError(`required flag(s) ${missing.map((flag) => `"${flag}"`).join(", ")} not set`);
}

/** An object with the empty fields that Go writes. */
export function manifest(apiVersion: string, kind: string, metadata: object, rest: object = {}): Manifest {
  return { apiVersion, kind, metadata: { creationTimestamp: null, ...metadata }, ...rest } as unknown as Manifest;
}

/** A flag's whole number. Throws a UsageError when it is none. */
export function integer(text: string, flag: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

/** A number, or the text when it is none: an `IntOrString`. */
export const intOrString = (text: string): number | string => (/^-?\d+$/.test(text) ? Number(text) : text);
