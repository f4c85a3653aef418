import type { User } from "../exchange.ts";
import { alwaysAllow } from "./always-allow.ts";
import type { Authorizer } from "./authorizer.ts";

const SERVICE_ACCOUNTS = "system:serviceaccounts";

/**
 * Every pod has the token of a service account: these may do what roles and bindings let them, by `rbac`. Everyone else who showed valid credentials, which only the
 * administrator hands out, may do everything.
 */
export function serviceAccountsByRbac(rbac: Authorizer): Authorizer {
  const by = (user: User) => (user.groups.includes(SERVICE_ACCOUNTS) ? rbac : alwaysAllow);
  return {
    authorize: (attributes) => by(attributes.user).authorize(attributes),
    rulesFor: (user, namespace) => by(user).rulesFor(user, namespace),
  };
}
