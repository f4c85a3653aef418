import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { DER_BIT_STRING, DER_SEQUENCE, type DerValue, derValues } from "./der.ts";

const BLOCK = /-----BEGIN ([^-\r\n]+)-----([^-]*)-----END \1-----/;
const BLOCK_TYPE = "CERTIFICATE REQUEST";

/** Digests by the signature algorithms that requests use, the object identifiers in hexadecimal; Ed25519 has its own. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
  "2b6570": null,
};

/** What is wrong with a certificate request (PKCS #10, RFC 2986) in PEM; undefined when it is well formed and signed with the key in it. */
export function requestProblem(pem: string): string | undefined {
  const [, type, body = ""] = BLOCK.exec(pem) ?? [];
  if (type !== BLOCK_TYPE) return `PEM block type must be ${BLOCK_TYPE}`;
  try {
    return signatureProblem(Buffer.from(body, "base64"));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function signatureProblem(der: Buffer): string | undefined {
  const [info, algorithm, bits] = members(only(derValues(der)));
  if (!info || !algorithm || bits?.tag !== DER_BIT_STRING) throw new Error("asn1: structure error: tags don't match");
  const spki = members(info)[2];
  if (!spki) throw new Error("asn1: structure error: tags don't match");
  const key = publicKey(spki.whole);
  if (!key) return "x509: failed to parse public key";
  const oid = members(algorithm)[0]?.content.toString("hex") ?? "";
  if (!Object.hasOwn(DIGESTS, oid)) return "x509: cannot verify signature: algorithm unimplemented";
  const good = verify(DIGESTS[oid], info.whole, key, bits.content.subarray(1));
  return good ? undefined : `x509: ${key.asymmetricKeyType} verification failure`;
}

function publicKey(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

function only(values: readonly DerValue[]): DerValue | undefined {
  if (values.length > 1) throw new Error("asn1: syntax error: trailing data");
  return values[0];
}

function members(value: DerValue | undefined): DerValue[] {
  if (value?.tag !== DER_SEQUENCE) throw new Error("asn1: structure error: tags don't match");
  return derValues(value.content);
}
