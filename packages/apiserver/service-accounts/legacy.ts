import type { Secret } from "@wherry/api";
import type { TokenClaims } from "@wherry/pki";
import type { TokenOwner } from "../authenticate.ts";
import type { RestContext } from "../rest/context.ts";
import { accountUser } from "./claims.ts";
import { findObject, isAlive } from "./objects.ts";

const ISSUER = "kubernetes/serviceaccount";
const PREFIX = "kubernetes.io/serviceaccount/";

/**
 * The account that a token of a Secret is of: without an end, but only as long as that Secret holds it. Undefined for other tokens. Source:
 * upstream's `serviceaccount/legacy.go`.
 */
export function authenticateLegacy(
  context: RestContext,
  token: string,
  claims: TokenClaims,
  audiences: readonly string[],
): TokenOwner | undefined {
  if (claims.iss !== ISSUER) return undefined;
  const [namespace, secretName, name, uid] = ["namespace", "secret.name", "service-account.name", "service-account.uid"].map((claim) =>
    String(claims[PREFIX + claim] ?? ""),
  ) as [string, string, string, string];
  const secret = findObject(context, "Secret", namespace, secretName) as Secret | undefined;
  const held = Buffer.from(secret?.data?.token ?? "", "base64").toString("utf8");
  if (!secret || secret.metadata.deletionTimestamp || held !== token) throw new Error("service account token has been invalidated");
  if (!isAlive(context, "ServiceAccount", namespace, { name, uid }))
    throw new Error(`service account ${namespace}/${name} has been deleted`);
  if (audiences.length === 0) throw new Error("token audiences do not include any of the target audiences");
  return { user: accountUser(namespace, name, uid), audiences };
}
