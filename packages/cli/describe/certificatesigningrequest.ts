import type { CertificateSigningRequest } from "@wherry/api";
import { formatLabels } from "@wherry/api/kinds/columns.ts";
import { humanDuration } from "@wherry/machinery";
import { type RequestContent, readRequest } from "./certificate-request.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** What a request asks for, and what became of it. Source: kubectl pkg/describe/describe.go, `describeCertificateSigningRequest`. */
export async function describe(d: Description, csr: CertificateSigningRequest, around: Surroundings): Promise<void> {
  const { metadata, spec } = csr;
  const content = readRequest(spec.request);
  d.line(0, "Name:", metadata.name);
  d.line(0, "Labels:", formatLabels(metadata.labels));
  d.line(0, "Annotations:", formatLabels(metadata.annotations));
  d.line(0, "CreationTimestamp:", longTime(metadata.creationTimestamp));
  d.line(0, "Requesting User:", spec.username ?? "");
  if (spec.signerName) d.line(0, "Signer:", spec.signerName);
  if (spec.expirationSeconds !== undefined) d.line(0, "Requested Duration:", humanDuration(spec.expirationSeconds * 1000));
  d.line(0, "Status:", statusOf(csr));
  addSubject(d, content);
  addNames(d, content);
  await addEvents(d, csr, around);
}

function statusOf({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((c) => c.type === type);
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return `${decision}${has("Failed") ? ",Failed" : ""}${status?.certificate ? ",Issued" : ""}`;
}

function addSubject(d: Description, { subject }: RequestContent): void {
  d.line(0, "Subject:");
  d.line(0, "", "Common Name:", subject.commonName.at(-1) ?? "");
  d.line(0, "", "Serial Number:", subject.serialNumber.at(-1) ?? "");
  addList(d, "Organization", subject.organization);
  addList(d, "Organizational Unit", subject.organizationalUnit);
  addList(d, "Country", subject.country);
  addList(d, "Locality", subject.locality);
  addList(d, "Province", subject.province);
  addList(d, "StreetAddress", subject.streetAddress);
  addList(d, "PostalCode", subject.postalCode);
}

function addNames(d: Description, { dnsNames, emailAddresses, uris, ipAddresses }: RequestContent): void {
  if ([dnsNames, emailAddresses, uris, ipAddresses].every((list) => !list.length)) return;
  d.line(0, "Subject Alternative Names:");
  addList(d, "DNS Names", dnsNames);
  addList(d, "Email Addresses", emailAddresses);
  addList(d, "URIs", uris);
  addList(d, "IP Addresses", ipAddresses);
}

function addList(d: Description, title: string, values: readonly string[]): void {
  if (values.length) d.write(0, `\t${title}:\t${values.join("\n\t\t")}\n`);
}
