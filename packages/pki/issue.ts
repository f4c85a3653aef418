import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { encodeCertificate, type Subject } from "./x509.ts";

/** A certificate and its private key (PKCS #8), both as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate to issue. */
export interface CertificateRequest {
  /** Who signs it. */
  ca: Certificate;
  subject: Subject;
  usages: readonly ("server" | "client")[];
  /** DNS names (`*.` in front is allowed) and IP addresses. */
  hosts?: readonly string[];
  /** Milliseconds since the Unix epoch. */
  now: number;
  /** How long it is valid; a year when absent, and never longer than the CA. */
  days?: number;
}

const DAY = 86_400_000;
/** Certificates are valid since a while, for hosts whose clocks are behind. */
const BACKDATE = 3_600_000;
const LEAF_DAYS = 365;
const CA_DAYS = 3650;

/** A new P-256 private key, as PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** A self-signed CA for ten years, for a given key: with the same key and subject, it also stands behind what the former one issued. */
export async function issueCa(commonName: string, key: string, now: number): Promise<Certificate> {
  const issuerKey = createPrivateKey(key);
  const publicKey = createPublicKey(issuerKey);
  const cert = await encodeCertificate({
    subject: { commonName },
    issuer: { commonName },
    ...validity(now, CA_DAYS),
    publicKey,
    issuerKey,
    issuerPublicKey: publicKey,
    authority: true,
    usages: [],
    hosts: [],
  });
  return { cert, key };
}

/** Makes a key and has the CA sign a certificate for it. Throws an Error on a host that is neither a name nor an address. */
export async function issueCertificate(request: CertificateRequest): Promise<Certificate> {
  const { ca, subject, usages, hosts = [], now, days = LEAF_DAYS } = request;
  for (const host of hosts) checkHost(host);
  const issuer = new X509Certificate(ca.cert);
  const key = newKey();
  const { notAfter, ...rest } = validity(now, days);
  const cert = await encodeCertificate({
    subject,
    issuer: { commonName: commonNameOf(issuer) },
    ...rest,
    notAfter: Math.min(notAfter, issuer.validToDate.getTime()),
    publicKey: publicOf(key),
    issuerKey: createPrivateKey(ca.key),
    issuerPublicKey: issuer.publicKey,
    authority: false,
    usages,
    hosts,
  });
  return { cert, key };
}

/** The common name of a certificate's subject. */
export function commonNameOf(certificate: X509Certificate): string {
  return certificate.toLegacyObject().subject.CN as string;
}

function publicOf(key: string): KeyObject {
  return createPublicKey(createPrivateKey(key));
}

function validity(now: number, days: number): { serial: Uint8Array; notBefore: number; notAfter: number } {
  const serial = randomBytes(16);
  // Positive, and never with a leading zero byte, which DER would not allow.
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  return { serial, notBefore: now - BACKDATE, notAfter: now + days * DAY };
}

const DNS_NAME = /^(\*\.)?[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?)*$/i;

function checkHost(host: string): void {
  if (isIP(host) || (host.length <= 253 && DNS_NAME.test(host))) return;
  throw new Error(`${JSON.stringify(host)} cannot be put into a certificate: it is neither a DNS name nor an IP address`);
}
