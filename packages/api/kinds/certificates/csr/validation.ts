import { X509Certificate } from "node:crypto";
import { deepEqual, duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from "@wherry/machinery";
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "../../../generated/types.ts";
import { each } from "../../rules.ts";
import { requestProblem } from "./request.ts";
import { validateSignerName } from "./signer-name.ts";

const USAGES = [
  ...["any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only"],
  ...["digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement"],
  ...["key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"],
];
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const SHORTEST_SECONDS = 600;
const STATUSES = ["False", "True", "Unknown"];
const CONDITIONS = "status.conditions";
/** These stand, or they are not there at all. */
const FINAL = ["Approved", "Denied", "Failed"];

/** Source: certificates validation `validateCertificateSigningRequest`. */
export function validateRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const problem = requestProblem(Buffer.from(spec.request ?? "", "base64").toString("latin1"));
  const seconds = spec.expirationSeconds;
  const short = seconds !== undefined && seconds < SHORTEST_SECONDS;
  return [
    ...(problem ? [invalid("spec.request", spec.request ?? "", problem)] : []),
    ...usages(spec.usages ?? []),
    ...signerName(spec.signerName),
    ...(short ? [invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)")] : []),
    ...conditions(status?.conditions ?? []),
  ];
}

function usages(list: readonly string[]): FieldError[] {
  const at = (i: number) => `spec.usages[${i}]`;
  const unknown = list.flatMap((usage, i) => (USAGES.includes(usage) ? [] : [notSupported(at(i), usage, USAGES)]));
  const again = list.flatMap((usage, i) => (list.indexOf(usage) < i ? [duplicate(at(i), usage)] : []));
  return [...(list.length === 0 ? [required("spec.usages")] : []), ...unknown, ...again];
}

function signerName(name: string | undefined): FieldError[] {
  if (name === LEGACY_SIGNER) return [invalid("spec.signerName", name, "the legacy signerName is not allowed via this API version")];
  return validateSignerName("spec.signerName", name);
}

function conditions(list: readonly CertificateSigningRequestCondition[]): FieldError[] {
  const opposite: Readonly<Record<string, string>> = { Approved: "Denied", Denied: "Approved" };
  return each(list, CONDITIONS, ({ type = "", status }, at, i) => {
    const before = list.slice(0, i).map((c) => c.type);
    const allowed = FINAL.includes(type) ? ["True"] : STATUSES;
    const both = Object.hasOwn(opposite, type) && before.includes(opposite[type] as string);
    return [
      ...(type ? [] : [required(`${at}.type`)]),
      ...(status ? [] : [required(`${at}.status`)]),
      ...(status && !allowed.includes(status) ? [notSupported(`${at}.status`, status, allowed)] : []),
      ...(both ? [invalid(`${at}.type`, type, "Approved and Denied conditions are mutually exclusive")] : []),
      ...(before.includes(type) ? [duplicate(`${at}.type`, type)] : []),
    ];
  });
}

/**
 * Who may change what: approval is given at `approval`, the certificate is set once, at `status`. Source: certificates validation
 * `validateCertificateSigningRequestUpdate`.
 */
export function validateRequestUpdate(
  next: CertificateSigningRequest,
  prev: CertificateSigningRequest,
  subresource: string | undefined,
): FieldError[] {
  const removed = FINAL.filter((type) => of(next, type).length < of(prev, type).length);
  const kept = subresource === "approval" ? [] : ["Approved", "Denied"].flatMap((type) => unchanged(next, prev, type));
  return [
    ...removed.map((type) => forbiddenField(CONDITIONS, `updates may not remove a condition of type ${JSON.stringify(type)}`)),
    ...kept,
    ...certificateChange(next.status?.certificate, prev.status?.certificate, subresource),
  ];
}

const of = ({ status }: CertificateSigningRequest, type: string) => (status?.conditions ?? []).filter((c) => c.type === type);

function unchanged(next: CertificateSigningRequest, prev: CertificateSigningRequest, type: string): FieldError[] {
  const [now, before] = [of(next, type), of(prev, type)];
  const name = JSON.stringify(type);
  if (now.length > before.length) return [forbiddenField(CONDITIONS, `updates may not add a condition of type ${name}`)];
  const same = now.length < before.length || deepEqual(now, before);
  return same ? [] : [forbiddenField(CONDITIONS, `updates may not modify a condition of type ${name}`)];
}

function certificateChange(next: string | undefined, prev: string | undefined, subresource: string | undefined): FieldError[] {
  if ((next ?? "") === (prev ?? "")) return [];
  const path = "status.certificate";
  const problem = certificateProblem(Buffer.from(next ?? "", "base64").toString("latin1"));
  const errors = problem ? [invalid(path, "<certificate data>", problem)] : [];
  if (subresource !== "status") return [...errors, forbiddenField(path, "updates may not set certificate content")];
  return prev ? [...errors, forbiddenField(path, "updates may not modify existing certificate content")] : errors;
}

/** Source: certificates validation `validateCertificate`. */
function certificateProblem(pem: string): string | undefined {
  if (pem === "") return undefined;
  const blocks = [...pem.matchAll(/-----BEGIN ([^-\r\n]+)-----([^-]*)-----END \1-----/g)];
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const [block, type, body = ""] of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body.includes(":")) return "no PEM block headers are permitted";
    if (!isCertificate(block)) return "x509: malformed certificate";
  }
  return undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
