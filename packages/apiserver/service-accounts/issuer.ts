import { TokenKey } from "@wherry/pki";

export interface ServiceAccountOptions {
  /** Signs tokens, and checks them. P-256, as PEM. */
  privateKey: string;
  /** Who tokens say they are from: a URL. `https://kubernetes.default.svc.cluster.local` when absent. */
  issuer?: string;
  /** What the API server calls itself as the reader of tokens; the issuer when absent. */
  audiences?: readonly string[];
}

const DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Who makes the tokens of service accounts. */
export class Issuer {
  readonly key: TokenKey;
  readonly name: string;
  /** The API server's own. */
  readonly audiences: readonly string[];

  constructor({ privateKey, issuer = DEFAULT_ISSUER, audiences = [issuer] }: ServiceAccountOptions) {
    this.key = new TokenKey(privateKey);
    this.name = issuer;
    this.audiences = audiences;
  }

  /** Those of a token's audiences that are asked for; the API server's own are, when none are given. */
  matching(ofToken: readonly string[], asked: readonly string[]): string[] {
    const wanted = asked.length > 0 ? asked : this.audiences;
    return wanted.filter((audience) => ofToken.includes(audience));
  }
}
