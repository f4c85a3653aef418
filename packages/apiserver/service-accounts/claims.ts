import { randomUUID } from "node:crypto";
import type { ServiceAccount } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import type { TokenClaims } from "@wherry/pki";
import type { User } from "../exchange.ts";

/** An object that a token is about, or that it lives no longer than. */
export interface ObjectRef {
  name: string;
  uid: string;
}

/** What a token of a service account says. Times in seconds since the epoch. Source: upstream's `serviceaccount/claims.go`. */
export interface AccountClaims {
  aud: readonly string[];
  exp: number;
  iat: number;
  iss: string;
  jti: string;
  "kubernetes.io": {
    namespace: string;
    serviceaccount: ObjectRef;
    pod?: ObjectRef;
    secret?: ObjectRef;
    node?: ObjectRef;
  };
  nbf: number;
  sub: string;
}

/** What a token may be bound to. A pod brings its node along. */
export interface BoundObjects {
  pod?: ApiObject;
  secret?: ApiObject;
  node?: ApiObject;
}

/** The claims of a new token. @param options.now milliseconds since the epoch */
export function accountClaims(
  account: ServiceAccount,
  bound: BoundObjects,
  options: { issuer: string; audiences: readonly string[]; seconds: number; now: number },
): AccountClaims {
  const { name, namespace = "" } = account.metadata;
  const iat = Math.floor(options.now / 1000);
  const { node, pod, secret } = bound;
  return {
    aud: options.audiences,
    exp: iat + options.seconds,
    iat,
    iss: options.issuer,
    jti: randomUUID(),
    "kubernetes.io": {
      namespace,
      ...(node && { node: refTo(node) }),
      ...(pod && { pod: refTo(pod) }),
      ...(secret && { secret: refTo(secret) }),
      serviceaccount: refTo(account),
    },
    nbf: iat,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

const refTo = ({ metadata }: ApiObject): ObjectRef => ({ name: metadata.name, uid: metadata.uid });

/** The claims of a token that this issuer made; undefined for any other. The signature vouches for their shape. */
export function readAccountClaims(claims: TokenClaims, issuer: string): AccountClaims | undefined {
  return claims.iss === issuer && claims["kubernetes.io"] ? (claims as unknown as AccountClaims) : undefined;
}

/** The name, uid and groups of a service account as a user. */
export function accountUser(namespace: string, name: string, uid: string): User {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return { name: `system:serviceaccount:${namespace}:${name}`, uid, groups };
}
