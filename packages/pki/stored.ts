import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { readPrivate, writePrivate } from "./files.ts";
import { type Certificate, type CertificateRequest, issueCa, issueCertificate, newKey } from "./issue.ts";

/** A certificate, its key, and the files they are in. */
export interface StoredCertificate extends Certificate {
  readonly certPath: string;
  readonly keyPath: string;
}

const DAY = 86_400_000;
/** A certificate is issued again when less than this is left of it: the server may run on for so long. */
const RENEW_DAYS = 120;
const RENEW_CA_DAYS = 730;

const CA_NAME = "wherry-ca";

/**
 * The cluster's CA in `dir`, made when there is none. When its end comes near it is renewed with the same key, so that what it issued stays
 * valid. Never replaces a key: throws when a certificate is there without the key that belongs to it.
 */
export async function ensureCa(dir: string, now: number): Promise<StoredCertificate> {
  const [certPath, keyPath] = [join(dir, "ca.crt"), join(dir, "ca.key")];
  const [cert, found] = await Promise.all([readPrivate(certPath), readPrivate(keyPath)]);
  if (cert !== undefined && !(found !== undefined && belongTogether(cert, found))) {
    const what = `the CA's key ${keyPath} ${found === undefined ? "is missing" : "does not belong to its certificate"}`;
    throw new Error(
      `${what}: restore it from a backup, or remove ${dir} for a new CA (every kubeconfig and every node then needs new certificates)`,
    );
  }
  if (cert !== undefined && found !== undefined && validFor(new X509Certificate(cert), now, RENEW_CA_DAYS)) {
    return { cert, key: found, certPath, keyPath };
  }
  const key = found ?? newKey();
  if (found === undefined) await writePrivate(keyPath, key);
  const ca = await issueCa(CA_NAME, key, now);
  await writePrivate(certPath, ca.cert);
  return { ...ca, certPath, keyPath };
}

/** The certificate `name` in `dir`, issued (again) when it is missing, is not what the request asks for, or ends soon. */
export async function ensureCertificate(dir: string, name: string, request: CertificateRequest): Promise<StoredCertificate> {
  const [certPath, keyPath] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)];
  const [cert, key] = await Promise.all([readPrivate(certPath), readPrivate(keyPath)]);
  if (cert !== undefined && key !== undefined && satisfies(cert, key, request)) return { cert, key, certPath, keyPath };
  const issued = await issueCertificate(request);
  await writePrivate(keyPath, issued.key);
  await writePrivate(certPath, issued.cert);
  return { ...issued, certPath, keyPath };
}

function satisfies(cert: string, key: string, { ca, subject, hosts = [], now }: CertificateRequest): boolean {
  if (!belongTogether(cert, key)) return false;
  const found = new X509Certificate(cert);
  const issuer = new X509Certificate(ca.cert);
  const subjectText = [...(subject.organizations ?? []).map((o) => `O=${o}`), `CN=${subject.commonName}`].join("\n");
  return found.subject === subjectText && found.verify(issuer.publicKey) && sameHosts(found, hosts) && validFor(found, now, RENEW_DAYS);
}

function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).publicKey.equals(createPublicKey(createPrivateKey(key)));
  } catch {
    return false;
  }
}

function validFor(certificate: X509Certificate, now: number, days: number): boolean {
  return certificate.validFromDate.getTime() <= now && certificate.validToDate.getTime() >= now + days * DAY;
}

function sameHosts(certificate: X509Certificate, hosts: readonly string[]): boolean {
  const there = certificate.subjectAltName?.split(", ").length ?? 0;
  return there === hosts.length && hosts.every((host) => (isIP(host) ? certificate.checkIP(host) : namesHost(certificate, host)));
}

function namesHost(certificate: X509Certificate, host: string): boolean {
  return certificate.subjectAltName?.split(", ").includes(`DNS:${host}`) ?? false;
}
