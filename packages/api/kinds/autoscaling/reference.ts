import { type FieldError, isPathSegmentName } from "@wherry/machinery";
import type { CrossVersionObjectReference } from "../../generated/types.ts";
import { named } from "../rules.ts";

/** Source: autoscaling validation `ValidateCrossVersionObjectReference`. */
export function validateReference(ref: CrossVersionObjectReference | undefined, path: string): FieldError[] {
  return [...named(`${path}.kind`, ref?.kind, isPathSegmentName), ...named(`${path}.name`, ref?.name, isPathSegmentName)];
}
