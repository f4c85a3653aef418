import { type Column, defineKind, humanDuration, type WriteContext } from "@wherry/machinery";
import type { CertificateSigningRequest as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { keepSpec, keepStatus } from "../status.ts";
import { keepApprovals, stampConditions } from "./csr/conditions.ts";
import { validateRequest, validateRequestUpdate } from "./csr/validation.ts";

export type CertificateSigningRequest = Type;

/** Source: printers `printCertificateSigningRequest`. */
const columns: readonly Column<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  { name: "SignerName", type: "string", value: (o) => o.spec.signerName || "<none>" },
  { name: "Requestor", type: "string", value: (o) => o.spec.username ?? "" },
  {
    name: "RequestedDuration",
    type: "string",
    value: ({ spec }) => (spec.expirationSeconds === undefined ? "<none>" : humanDuration(spec.expirationSeconds * 1000)),
  },
  { name: "Condition", type: "string", value: condition },
];

export const CertificateSigningRequest = defineKind<CertificateSigningRequest>({
  group: "certificates.k8s.io",
  version: "v1",
  kind: "CertificateSigningRequest",
  plural: "certificatesigningrequests",
  singular: "certificatesigningrequest",
  shortNames: ["csr"],
  scope: "Cluster",
  schema: "io.k8s.api.certificates.v1.CertificateSigningRequest",
  subresources: { status: { type: "status" }, approval: { type: "status" } },
  validateName: () => [],
  prepareForCreate,
  prepareForUpdate,
  defaults(o) {
    o.spec ??= {} as CertificateSigningRequest["spec"];
    o.status ??= {};
  },
  validate: validateRequest,
  validateUpdate: (next, prev, { subresource }) => validateRequestUpdate(next, prev, subresource),
  warnings: notActedOn,
  selectableFields: { "spec.signerName": (o) => o.spec.signerName ?? "" },
  columns,
});

/** Who asks is what the server knows, not what the request says. Source: certificates strategy. */
function prepareForCreate(o: CertificateSigningRequest, { user }: WriteContext): void {
  const { username: _n, uid: _u, groups: _g, extra: _e, ...asked } = o.spec ?? {};
  const extra = Object.entries(user?.extra ?? {}).map(([key, values]): [string, string[]] => [key, [...values]]);
  o.spec = {
    ...asked,
    ...(user?.name && { username: user.name }),
    ...(user?.uid && { uid: user.uid }),
    ...(user && user.groups.length > 0 && { groups: [...user.groups] }),
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
  } as CertificateSigningRequest["spec"];
  o.status = {};
}

function prepareForUpdate(next: CertificateSigningRequest, prev: CertificateSigningRequest, { subresource, now }: WriteContext): void {
  keepSpec(next, prev);
  if (subresource === undefined) keepStatus(next, prev);
  else stampConditions(next, prev, now);
  if (subresource === "status") keepApprovals(next, prev);
}

/** Source: printers `extractCSRStatus`. */
function condition({ status }: CertificateSigningRequest): string {
  const types = new Set(status?.conditions?.map((c) => c.type));
  const word = types.has("Denied") ? "Denied" : types.has("Approved") ? "Approved" : "Pending";
  return `${word}${types.has("Failed") ? ",Failed" : ""}${status?.certificate ? ",Issued" : ""}`;
}
