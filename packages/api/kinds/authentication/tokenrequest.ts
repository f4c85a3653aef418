import { defineKind, type FieldError, invalid } from "@wherry/machinery";
import type { AuthenticationTokenRequest as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";

export type TokenRequest = Type;

const HOUR = 3600;
const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;

/** "Give me a token": what is posted to `serviceaccounts/token`. It has no path of its own, so it is not among the kinds that are served. */
export const TokenRequest = defineKind<TokenRequest>({
  ...VIRTUAL,
  group: "authentication.k8s.io",
  kind: "TokenRequest",
  plural: "tokenrequests",
  singular: "tokenrequest",
  scope: "Namespaced",
  schema: "io.k8s.api.authentication.v1.TokenRequest",
  defaults(o) {
    o.spec ??= { audiences: [] };
    o.spec.audiences ??= [];
    o.spec.expirationSeconds ??= HOUR;
  },
  validate,
});

/** Source: authentication validation `ValidateTokenRequest`. */
function validate({ spec }: TokenRequest): FieldError[] {
  const seconds = spec.expirationSeconds ?? HOUR;
  const path = "spec.expirationSeconds";
  if (seconds < SHORTEST_SECONDS) return [invalid(path, seconds, "may not specify a duration less than 10 minutes")];
  return seconds > LONGEST_SECONDS ? [invalid(path, seconds, "may not specify a duration larger than 2^32 seconds")] : [];
}
