import type { TokenClaims, TokenKey } from "@wherry/pki";
import type { TokenOwner } from "../authenticate.ts";
import type { User } from "../exchange.ts";
import type { RestContext } from "../rest/context.ts";
import { type AccountClaims, accountUser, readAccountClaims } from "./claims.ts";
import type { Issuer } from "./issuer.ts";
import { authenticateLegacy } from "./legacy.ts";
import { isAlive, LEEWAY_MS } from "./objects.ts";

/** Tokens whose signature was checked lately: checking costs more than all the rest of it. */
const REMEMBERED = 1024;

/**
 * Knows service accounts by their tokens. A token is good from its issue until it expires, and only as long as its account and what it is bound to are
 * there. Source: upstream's `serviceaccount/jwt.go`, `claims.go`.
 */
export class ServiceAccountAuthenticator {
  readonly #context: RestContext;
  readonly #issuer: Issuer;
  readonly #checked = new Map<string, TokenClaims>();

  constructor(context: RestContext, issuer: Issuer) {
    this.#context = context;
    this.#issuer = issuer;
  }

  /**
   * The account that a token is of, and for which of these audiences (the API server's own when none are given); undefined when the token is not
   * of this issuer. Rejects with an Error that says why when it is, but is good no more.
   */
  async authenticate(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined> {
    const claims = this.#claimsOf(token, this.#issuer.key);
    if (!claims) return undefined;
    await this.#context.cache.fresh();
    const own = readAccountClaims(claims, this.#issuer.name);
    if (!own) return authenticateLegacy(this.#context, token, claims, this.#issuer.matching(this.#issuer.audiences, audiences));
    const matching = this.#issuer.matching(own.aud, audiences);
    if (matching.length === 0) throw new Error(`token audiences ${show(own.aud)} is invalid for the target audiences ${show(audiences)}`);
    checkTimes(own, this.#context.clock.now());
    this.#checkObjects(own);
    return { user: userOf(own), audiences: matching };
  }

  #claimsOf(token: string, key: TokenKey): TokenClaims | undefined {
    const known = this.#checked.get(token);
    if (known) return known;
    const claims = key.verify(token);
    if (!claims) return undefined;
    if (this.#checked.size >= REMEMBERED) this.#checked.delete(this.#checked.keys().next().value as string);
    this.#checked.set(token, claims);
    return claims;
  }

  #checkObjects({ "kubernetes.io": about }: AccountClaims): void {
    const { namespace, serviceaccount, pod, secret, node } = about;
    if (!isAlive(this.#context, "ServiceAccount", namespace, serviceaccount))
      throw new Error(`service account ${namespace}/${serviceaccount.name} has been deleted`);
    // The node of a pod is only told: a pod outlives its node for a while.
    const bound = [
      ["Pod", pod],
      ["Secret", secret],
      ["Node", pod ? undefined : node],
    ] as const;
    for (const [kind, ref] of bound)
      if (ref && !isAlive(this.#context, kind, namespace, ref)) throw new Error("service account token has been invalidated");
  }
}

const show = (list: readonly string[]) => JSON.stringify(list);

function checkTimes({ exp, nbf }: AccountClaims, now: number): void {
  if (exp * 1000 + LEEWAY_MS < now) throw new Error("service account token has expired");
  if (nbf * 1000 - LEEWAY_MS > now) throw new Error("service account token is not valid yet");
}

/** The user that a service account is. Source: apiserver `serviceaccount.ServiceAccountInfo.UserInfo`. */
function userOf({ jti, "kubernetes.io": { namespace, serviceaccount, pod, node } }: AccountClaims): User {
  const extra = {
    "authentication.kubernetes.io/credential-id": [`JTI=${jti}`],
    ...(node && { "authentication.kubernetes.io/node-name": [node.name], "authentication.kubernetes.io/node-uid": [node.uid] }),
    ...(pod && { "authentication.kubernetes.io/pod-name": [pod.name], "authentication.kubernetes.io/pod-uid": [pod.uid] }),
  };
  return { ...accountUser(namespace, serviceaccount.name, serviceaccount.uid), extra };
}
