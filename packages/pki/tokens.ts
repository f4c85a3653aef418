import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

/** What a token says (RFC 7519): its claims, by name. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** A public key as others read it (RFC 7517). */
export interface TokenJwk {
  use: "sig";
  kty: "EC";
  kid: string;
  crv: "P-256";
  alg: "ES256";
  x: string;
  y: string;
}

/** Of a token's signature: both numbers one after the other, as RFC 7518 (3.4) wants it. */
const SIGNATURE = { dsaEncoding: "ieee-p1363" } as const;
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs tokens, and knows its own again: JSON Web Tokens with ES256 (RFC 7515, 7518, 7519). */
export class TokenKey {
  /** Names the key in tokens: the SHA-256 of the public key. */
  readonly id: string;
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  /** @param privateKey P-256, as PEM */
  constructor(privateKey: string) {
    this.#private = createPrivateKey(privateKey);
    this.#public = createPublicKey(this.#private);
    this.id = createHash("sha256")
      .update(this.#public.export({ type: "spki", format: "der" }))
      .digest("base64url");
  }

  /** A signed token in its compact form. */
  sign(claims: TokenClaims): string {
    const text = `${encoded({ alg: "ES256", kid: this.id })}.${encoded(claims)}`;
    return `${text}.${sign("sha256", Buffer.from(text), { key: this.#private, ...SIGNATURE }).toString("base64url")}`;
  }

  /** The claims of a token that this key signed; undefined for anything else. Whether it is still good is not asked. */
  verify(token: string): TokenClaims | undefined {
    const [head, body, signature, ...more] = token.split(".");
    if (!head || !body || !signature || more.length > 0) return undefined;
    const header = parsed(head);
    if (header?.alg !== "ES256" || (header.kid !== undefined && header.kid !== this.id)) return undefined;
    const good = verify("sha256", Buffer.from(`${head}.${body}`), { key: this.#public, ...SIGNATURE }, Buffer.from(signature, "base64url"));
    return good ? parsed(body) : undefined;
  }

  /** The public key, for those who check tokens elsewhere. */
  jwk(): TokenJwk {
    const { x = "", y = "" } = this.#public.export({ format: "jwk" });
    return { use: "sig", kty: "EC", kid: this.id, crv: "P-256", alg: "ES256", x, y };
  }
}

function parsed(part: string): TokenClaims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as TokenClaims) : undefined;
  } catch {
    return undefined;
  }
}
