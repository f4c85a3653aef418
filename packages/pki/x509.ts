import { createHash, type KeyObject, sign } from "node:crypto";
import { isIP } from "node:net";
import type { asn1 } from "node-forge";
import { Der, ipBytes } from "./der.ts";

/** Who a certificate speaks for. Kubernetes reads the common name as the user, and the organizations as the groups. */
export interface Subject {
  commonName: string;
  organizations?: readonly string[];
}

/** What a certificate is to say. Times in milliseconds since the Unix epoch, kept to the second. */
export interface CertificateContent {
  subject: Subject;
  issuer: Subject;
  /** Big-endian; the first byte below 0x80, and not 0. */
  serial: Uint8Array;
  notBefore: number;
  notAfter: number;
  publicKey: KeyObject;
  /** The key that signs: P-256. */
  issuerKey: KeyObject;
  issuerPublicKey: KeyObject;
  /** Whether it may issue others; `usages` does not count then. */
  authority: boolean;
  usages: readonly ("server" | "client")[];
  /** DNS names and IP addresses. */
  hosts: readonly string[];
}

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
};

const V3 = Uint8Array.of(2);
const TAG = { dns: 2, ip: 7, keyIdentifier: 0, version: 0, extensions: 3 };

/** Encodes and signs an X.509 v3 certificate (RFC 5280), and gives it as PEM. */
export async function encodeCertificate(content: CertificateContent): Promise<string> {
  const der = await Der.load();
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const body = der.sequence(
    der.explicit(TAG.version, der.integer(V3)),
    der.integer(content.serial),
    algorithm,
    name(der, content.issuer),
    der.sequence(der.time(content.notBefore), der.time(content.notAfter)),
    name(der, content.subject),
    der.decode(spki(content.publicKey)),
    der.explicit(TAG.extensions, der.sequence(...extensions(der, content))),
  );
  const signature = sign("sha256", der.encode(body), content.issuerKey);
  return pem(der.encode(der.sequence(body, algorithm, der.bits(signature))));
}

function name(der: Der, { commonName, organizations = [] }: Subject): asn1.Asn1 {
  const part = (oid: string, text: string) => der.set(der.sequence(der.oid(oid), der.utf8(text)));
  return der.sequence(...organizations.map((text) => part(OID.organization, text)), part(OID.commonName, commonName));
}

function extensions(der: Der, content: CertificateContent): asn1.Asn1[] {
  const plain = (oid: string, value: asn1.Asn1) => der.sequence(der.oid(oid), der.octets(der.encode(value)));
  const critical = (oid: string, value: asn1.Asn1) => der.sequence(der.oid(oid), der.boolean(true), der.octets(der.encode(value)));
  const keyId = keyIdentifier(der, content.issuerPublicKey);
  const all = [
    critical(OID.keyUsage, keyUsage(der, content.authority)),
    critical(OID.basicConstraints, content.authority ? der.sequence(der.boolean(true)) : der.sequence()),
    plain(OID.subjectKeyIdentifier, der.octets(keyIdentifier(der, content.publicKey))),
    plain(OID.authorityKeyIdentifier, der.sequence(der.implicit(TAG.keyIdentifier, keyId))),
  ];
  if (!content.authority) all.push(plain(OID.extendedKeyUsage, der.sequence(...content.usages.map((usage) => der.oid(OID[usage])))));
  if (content.hosts.length > 0) all.push(plain(OID.subjectAltName, der.sequence(...content.hosts.map((host) => altName(der, host)))));
  return all;
}

/** An authority signs certificates and revocation lists (bits 5 and 6), the others sign handshakes (bit 0). */
function keyUsage(der: Der, authority: boolean): asn1.Asn1 {
  return authority ? der.bits(Uint8Array.of(0b00000110), 1) : der.bits(Uint8Array.of(0b10000000), 7);
}

function altName(der: Der, host: string): asn1.Asn1 {
  return isIP(host) ? der.implicit(TAG.ip, ipBytes(host)) : der.implicit(TAG.dns, Buffer.from(host));
}

/** RFC 5280, 4.2.1.2, method 1: the SHA-1 of the public key's bits. It only names the key, it protects nothing. */
function keyIdentifier(der: Der, key: KeyObject): Buffer {
  const bits = (der.decode(spki(key)).value as asn1.Asn1[])[1]?.value as string;
  return createHash("sha1").update(Buffer.from(bits, "latin1").subarray(1)).digest();
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
