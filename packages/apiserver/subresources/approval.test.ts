import { CertificateSigningRequest } from "@wherry/api";
import { base64, EC_REQUEST, pem } from "@wherry/api/kinds/certificates/fixtures.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const spec = { request: base64(pem("CERTIFICATE REQUEST", EC_REQUEST)), signerName: "example.com/signer", usages: ["any"] };

let plane: ControlPlane;
let api: ReturnType<typeof caller>;

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "jane", uid: "7", groups: ["dev"], extra: { "example.com/team": ["a"] } }));
  await api("POST", CSRS, { metadata: { name: "a" }, spec: { ...spec, username: "root", groups: ["system:masters"] } });
});
afterEach(() => plane.close());

it("a request says who made it", async () => {
  expect((await plane.client.get(CertificateSigningRequest, { name: "a" })).spec).toEqual({
    ...spec,
    username: "jane",
    uid: "7",
    groups: ["dev", "system:authenticated"],
    extra: { "example.com/team": ["a"] },
  });
  const bySigner = async (name: string) =>
    (await plane.client.list(CertificateSigningRequest, { fieldSelector: `spec.signerName=${name}` })).items;
  expect((await bySigner("example.com/signer")).length).toBe(1);
  expect((await bySigner("example.com/other")).length).toBe(0);
});

it("approval is given at its own path, and nowhere else", async () => {
  const approved = { status: { conditions: [{ type: "Approved", status: "True", reason: "Fine" }] } };
  const merge = { "content-type": "application/merge-patch+json" };
  expect((await api("PATCH", `${CSRS}/a`, approved, merge)).json<CertificateSigningRequest>().status).toEqual({});
  expect((await api("PATCH", `${CSRS}/a/status`, approved, merge)).json()).toMatchObject({
    code: 422,
    message: expect.stringContaining('status.conditions: Forbidden: updates may not add a condition of type "Approved"'),
  });
  const answer = await api("PATCH", `${CSRS}/a/approval`, { ...approved, spec: { usages: ["signing"] } }, merge);
  expect(answer.status).toBe(200);
  const { spec: kept, status } = answer.json<CertificateSigningRequest>();
  expect(kept.usages).toEqual(["any"]);
  expect(status?.conditions).toMatchObject([{ type: "Approved", reason: "Fine", lastUpdateTime: "2026-01-01T00:00:00Z" }]);
  expect((await api("GET", `${CSRS}/a/approval`)).status).toBe(200);
  expect((await api("DELETE", `${CSRS}/a/approval`)).status).toBe(405);
});
