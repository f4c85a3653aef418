import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { CertificateSigningRequest } from "./certificatesigningrequest.ts";
import { base64, CERTIFICATE, EC_REQUEST, ED25519_REQUEST, pem, RSA_REQUEST } from "./fixtures.ts";

type Condition = { type: string; status: string; lastUpdateTime?: string; lastTransitionTime?: string };

const request = (body = EC_REQUEST, type = "CERTIFICATE REQUEST") => base64(pem(type, body));
const spec = { request: request(), signerName: "example.com/signer", usages: ["client auth"] };
const csr = (more: object = {}) => ({ spec: { ...spec, ...more } });
const CERT = base64(pem("CERTIFICATE", CERTIFICATE));

/** One bit of the signed part is another. */
const forged = (() => {
  const der = Buffer.from(EC_REQUEST, "base64");
  der.writeUInt8(der.readUInt8(30) ^ 1, 30);
  return der.toString("base64");
})();

describe("a certificate request", () => {
  it.each([
    ["P-256", EC_REQUEST],
    ["Ed25519", ED25519_REQUEST],
    ["RSA", RSA_REQUEST],
  ])("may be signed with %s", (_, body) => expect(findings(CertificateSigningRequest, csr({ request: request(body) }))).toEqual([]));

  it.each<[string, object, string]>([
    ["no request", { request: "" }, "PEM block type must be CERTIFICATE REQUEST"],
    ["a certificate", { request: request(CERTIFICATE, "CERTIFICATE") }, "PEM block type must be CERTIFICATE REQUEST"],
    ["half a request", { request: request(EC_REQUEST.slice(0, 100)) }, "asn1: syntax error: data truncated"],
    ["a certificate that says it is a request", { request: request(CERTIFICATE) }, "x509: failed to parse public key"],
    ["another's signature", { request: request(forged) }, "x509: ec verification failure"],
  ])("is refused with %s", (_, more, message) => {
    const errors = findings(CertificateSigningRequest, csr(more));
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^spec.request: Invalid value: ".*": ${message.replaceAll(".", "\\.")}$`))]);
  });

  it.each<[string, object, string[]]>([
    ["usages", { usages: [] }, ["spec.usages: Required value"]],
    ["usages of one kind", { usages: ["any", "any"] }, ['spec.usages[1]: Duplicate value: "any"']],
    [
      "known usages",
      { usages: ["x"] },
      [expect.stringMatching(/^spec.usages\[0\]: Unsupported value: "x": supported values: "any", "cert sign",/)],
    ],
    ["a signer", { signerName: "" }, ["spec.signerName: Required value"]],
    [
      "a signer with a path",
      { signerName: "example.com" },
      ["spec.signerName: Invalid value: \"example.com\": must be a fully qualified domain and path of the form 'example.com/signer-name'"],
    ],
    [
      "a signer with a domain",
      { signerName: "com/x" },
      ['spec.signerName: Invalid value: "com": should be a domain with at least two segments separated by dots'],
    ],
    [
      "a signer of today",
      { signerName: "kubernetes.io/legacy-unknown" },
      ['spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version'],
    ],
    [
      "some time",
      { expirationSeconds: 599 },
      ["spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)"],
    ],
  ])("needs %s", (_, more, expected) => expect(findings(CertificateSigningRequest, csr(more))).toEqual(expected));

  it("says who asked, whatever it says itself", () => {
    const user = { name: "jane", uid: "7", groups: ["dev"], extra: { a: ["b"] } };
    const object = created(CertificateSigningRequest, csr({ username: "root", groups: ["system:masters"], uid: "0" }), { user });
    expect(object.spec).toMatchObject({ username: "jane", uid: "7", groups: ["dev"], extra: { a: ["b"] } });
    expect(created(CertificateSigningRequest, csr({ username: "root" })).spec.username).toBeUndefined();
  });
});

describe("an update", () => {
  const prev = created(CertificateSigningRequest, csr());
  const approved = { type: "Approved", status: "True" };
  const set = (conditions: Condition[], certificate?: string) => (o: CertificateSigningRequest) => {
    o.status = { conditions, ...(certificate && { certificate }) };
  };

  it("of the request itself changes nothing but metadata", () => {
    const { object, errors } = updated(CertificateSigningRequest, prev, (o) => {
      o.spec = { ...o.spec, usages: ["any"] };
      o.status = { conditions: [approved] };
    });
    expect([object.spec, object.status, errors]).toEqual([prev.spec, {}, []]);
  });

  it("of the approval approves, and says when", () => {
    const { object, errors } = updated(CertificateSigningRequest, prev, set([approved]), "approval");
    const at = "2026-01-01T00:00:00Z";
    expect(errors).toEqual([]);
    expect(object.status?.conditions).toEqual([{ ...approved, lastUpdateTime: at, lastTransitionTime: at }]);
    expect(updated(CertificateSigningRequest, object, set([approved, { type: "Denied", status: "True" }]), "approval").errors).toEqual([
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ]);
    expect(updated(CertificateSigningRequest, object, set([]), "approval").errors).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
    expect(updated(CertificateSigningRequest, prev, set([{ type: "Approved", status: "False" }]), "approval").errors).toEqual([
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ]);
    expect(updated(CertificateSigningRequest, prev, set([], CERT), "approval").errors).toEqual([
      "status.certificate: Forbidden: updates may not set certificate content",
    ]);
  });

  it("of the status brings the certificate, once, and approves nothing", () => {
    expect(updated(CertificateSigningRequest, prev, set([approved]), "status").errors).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ]);
    const { object, errors } = updated(CertificateSigningRequest, prev, set([{ type: "Failed", status: "True" }], CERT), "status");
    expect([errors, object.status?.certificate]).toEqual([[], CERT]);
    const again = updated(CertificateSigningRequest, object, (o) => Object.assign(o.status ?? {}, { certificate: base64("x") }), "status");
    expect(again.errors).toEqual([
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
      "status.certificate: Forbidden: updates may not modify existing certificate content",
    ]);
  });

  it("of the status leaves an approval as it is", () => {
    const { object } = updated(CertificateSigningRequest, prev, set([approved]), "approval");
    const changed = { ...approved, lastUpdateTime: "2030-01-01T00:00:00Z" };
    const next = updated(CertificateSigningRequest, object, set([changed], CERT), "status");
    expect([next.errors, next.object.status?.conditions]).toEqual([[], object.status?.conditions]);
  });
});

it("prints who asked whom, for how long, and what came of it", () => {
  const object = created(CertificateSigningRequest, csr({ expirationSeconds: 3600 }), { user: { name: "jane", groups: [] } });
  expect(cells(CertificateSigningRequest, object)).toMatchObject({
    SignerName: "example.com/signer",
    Requestor: "jane",
    RequestedDuration: "60m",
    Condition: "Pending",
  });
  const states: [string, string[], string | undefined][] = [
    ["Approved", ["Approved"], undefined],
    ["Approved,Issued", ["Approved"], CERT],
    ["Denied", ["Denied", "Approved"], undefined],
    ["Approved,Failed", ["Approved", "Failed"], undefined],
  ];
  for (const [expected, types, certificate] of states) {
    object.status = { conditions: types.map((type) => ({ type, status: "True" })), ...(certificate && { certificate }) };
    expect(cells(CertificateSigningRequest, object).Condition).toBe(expected);
  }
});
