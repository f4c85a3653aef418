import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type Clock, unauthorized } from "@wherry/base";
import type { User } from "./exchange.ts";

/** Who a token is of. */
export interface TokenOwner {
  user: User;
  /** Those asked for that the token is meant for; absent when its authenticator knows no audiences. */
  audiences?: readonly string[];
}

/**
 * Finds who a bearer token is of; undefined when it is not this authenticator's. Rejects with an Error that says why when it is, but is not good.
 * Without audiences it is for the API server itself.
 */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => Promise<TokenOwner | undefined>;

/** Asks each until one knows the token. What went wrong on the way counts only when none does. */
export function firstOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return async (token, audiences) => {
    const failures: unknown[] = [];
    for (const authenticate of authenticators) {
      const owner = await authenticate(token, audiences).catch((error: unknown) => void failures.push(error));
      if (owner) return owner;
    }
    if (failures.length > 0) throw failures[0];
    return undefined;
  };
}

const AUTHENTICATED = "system:authenticated";

/**
 * Tells who is at the other end: by the client certificate (CN is the user, each O a group) or else by a bearer token. Undefined when there are no
 * credentials; rejects with Unauthorized when there are bad ones. Source: apiserver `authentication/request/x509`, `bearertoken`.
 */
export class Authenticator {
  readonly #clock: Clock;
  readonly #token: TokenAuthenticator;
  readonly #certificates = new WeakMap<object, { user: User | undefined; until: number }>();

  constructor(clock: Clock, token: TokenAuthenticator) {
    this.#clock = clock;
    this.#token = token;
  }

  async authenticate(socket: object, authorization: string | undefined): Promise<User | undefined> {
    const user = this.#certificateUser(socket);
    if (user) return user;
    const token = bearerToken(authorization);
    if (token === undefined) return undefined;
    const owner = token ? await this.#token(token, []).catch(() => undefined) : undefined;
    if (!owner) throw unauthorized();
    return authenticated(owner.user);
  }

  #certificateUser(socket: object): User | undefined {
    if (!isTls(socket)) return undefined;
    let known = this.#certificates.get(socket);
    if (!known) {
      known = readCertificate(socket);
      this.#certificates.set(socket, known);
    }
    if (known.user && this.#clock.now() > known.until) throw unauthorized();
    return known.user;
  }
}

/** The user with the group that everyone who showed credentials is in. */
export function authenticated(user: User): User {
  return user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] };
}

function isTls(socket: object): socket is TLSSocket {
  return "getPeerX509Certificate" in socket;
}

/** Throws Unauthorized when a certificate was shown that is not the cluster's. */
function readCertificate(socket: TLSSocket): { user: User | undefined; until: number } {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { user: undefined, until: 0 };
  if (!socket.authorized) throw unauthorized();
  const { CN, O } = subjectOf(certificate);
  if (!CN) throw unauthorized();
  return { user: authenticated({ name: CN, groups: O }), until: Date.parse(certificate.validTo) };
}

/** Node prints a subject one attribute a line, with odd characters escaped. */
function subjectOf(certificate: X509Certificate): { CN: string | undefined; O: string[] } {
  const legacy = certificate.toLegacyObject().subject as { CN?: string | string[]; O?: string | string[] };
  const many = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());
  return { CN: many(legacy.CN).at(-1), O: many(legacy.O) };
}

/** The token of an Authorization header; undefined when it is of another scheme. */
function bearerToken(authorization: string | undefined): string | undefined {
  const match = /^bearer\s+(\S*)\s*$/i.exec(authorization ?? "");
  return match?.[1];
}
