import { type ApiResponse, jsonBytes } from "../exchange.ts";
import type { Issuer } from "./issuer.ts";

const CACHED = { "cache-control": "public, max-age=3600" };
const KEYS_PATH = "/openid/v1/jwks";

/**
 * The pages by which others can check tokens of service accounts, by path. Source: OpenID Connect Discovery 1.0, RFC 7517, upstream's
 * `serviceaccount/openidmetadata.go`.
 * @param address `host:port` that clients reach the server at
 */
export function openidPages(issuer: Issuer, address: string): Readonly<Record<string, () => ApiResponse>> {
  const configuration = {
    issuer: issuer.name,
    jwks_uri: `https://${address}${KEYS_PATH}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
  const keys = JSON.stringify({ keys: [issuer.key.jwk()] });
  return {
    "/.well-known/openid-configuration": () => jsonBytes(200, JSON.stringify(configuration), CACHED),
    [KEYS_PATH]: () => ({ status: 200, headers: { "content-type": "application/jwk-set+json", ...CACHED }, body: keys }),
  };
}
