import { type FieldError, isDNS1123Subdomain, required, tooLong } from "@wherry/machinery";
import { broken } from "../rules.ts";

const LONGEST = 63;

/** The name of a CSI driver. Source: core validation `ValidateCSIDriverName`. */
export function validateDriverName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path)];
  return [...(name.length > LONGEST ? [tooLong(path, LONGEST)] : []), ...broken(path, name, isDNS1123Subdomain(name.toLowerCase()))];
}
