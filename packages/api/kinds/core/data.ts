import { type FieldError, isConfigMapKey, tooLong } from "@wherry/machinery";
import { broken } from "../rules.ts";

/** A ConfigMap or Secret holds at most 1 MiB. Source: core `MaxSecretSize`. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** Keys of data become files and environment variables. */
export function validateKeys(path: string, data: Readonly<Record<string, string>> | undefined): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) => broken(`${path}[${key}]`, key, isConfigMapKey(key)));
}

/** Bytes behind base64 text, without decoding it. */
export function decodedLength(value: string): number {
  return (value.length / 4) * 3 - (value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0);
}

export function validateSize(path: string, bytes: number): FieldError[] {
  return bytes > MAX_DATA_BYTES ? [tooLong(path, MAX_DATA_BYTES)] : [];
}
