import { type FieldError, isDNS1123Subdomain, isPathSegmentName } from "@wherry/machinery";
import { broken, named } from "../rules.ts";

/** A reference to any kind of object. Source: networking validation `validateIngressTypedLocalObjectReference`. */
export function validateReference(ref: { apiGroup?: string; kind?: string; name?: string }, path: string): FieldError[] {
  return [
    ...(ref.apiGroup !== undefined ? broken(`${path}.apiGroup`, ref.apiGroup, isDNS1123Subdomain(ref.apiGroup)) : []),
    ...named(`${path}.kind`, ref.kind, isPathSegmentName),
    ...named(`${path}.name`, ref.name, isPathSegmentName),
  ];
}
