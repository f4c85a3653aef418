import { createPublicKey, verify } from "node:crypto";
import { Namespace, Node, Pod, Secret, ServiceAccount, type TokenRequest, type TokenReview } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { httpsTransport } from "@wherry/client";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const ACCOUNT = "/api/v1/namespaces/a/serviceaccounts/robot";
const robot = { name: "robot", namespace: "a" };
const EXPIRED = "[invalid bearer token, service account token has expired]";
const INVALIDATED = "[invalid bearer token, service account token has been invalidated]";

let clock: FakeClock;
let plane: ControlPlane;
let api: ReturnType<typeof caller>;
let uid: string;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await startControlPlane({ clock });
  api = caller(plane.server.transport({ name: "admin", groups: ["system:masters"] }));
  await plane.client.create(Namespace, { metadata: { name: "a" }, spec: {} });
  ({ uid } = (await plane.client.create(ServiceAccount, { metadata: robot })).metadata);
});
afterEach(() => plane.close());

const request = async (spec: object = {}) => (await api("POST", `${ACCOUNT}/token`, { spec })).json<TokenRequest>();
const tokenOf = async (spec: object = {}) => (await request(spec)).status?.token as string;
const refusal = async (body: object, path = ACCOUNT) => {
  const answer = await api("POST", `${path}/token`, body);
  return [answer.status, answer.json().message];
};
const review = async (token: string, audiences?: string[]) =>
  (
    await api("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token, ...(audiences && { audiences }) } })
  ).json<TokenReview>().status;
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
const pod = (name: string, serviceAccountName?: string) =>
  plane.client.create(Pod, {
    metadata: { name, namespace: "a" },
    spec: { containers: [{ name: "c", image: "i" }], nodeName: "n1", ...(serviceAccountName && { serviceAccountName }) },
  });

describe("a token request", () => {
  it("answers with a token that says whose it is, and until when", async () => {
    const { metadata, spec, status } = await request({ expirationSeconds: 700 });
    expect(metadata).toMatchObject({ ...robot, creationTimestamp: "2026-01-01T00:00:00Z" });
    expect(spec).toEqual({ audiences: [ISSUER], expirationSeconds: 700 });
    expect(status?.expirationTimestamp).toBe("2026-01-01T00:11:40Z");
    const now = Date.UTC(2026, 0, 1) / 1000;
    expect(claimsOf(status?.token ?? "")).toEqual({
      aud: [ISSUER],
      exp: now + 700,
      iat: now,
      iss: ISSUER,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "kubernetes.io": { namespace: "a", serviceaccount: { name: "robot", uid } },
      nbf: now,
      sub: "system:serviceaccount:a:robot",
    });
  });

  it.each<[string, object, number, string]>([
    [
      "too short a time",
      { spec: { expirationSeconds: 599 } },
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    [
      "another name",
      { metadata: { name: "x" } },
      422,
      'TokenRequest.authentication.k8s.io "x" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified',
    ],
    ["a pod that is not there", { spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p" } } }, 404, 'pods "p" not found'],
    [
      "an object that tokens are not bound to",
      { spec: { boundObjectRef: { apiVersion: "v1", kind: "ConfigMap", name: "p" } } },
      400,
      "cannot bind token to object of type /v1, Kind=ConfigMap",
    ],
  ])("is refused with %s", async (_, body, code, message) => expect(await refusal(body)).toEqual([code, message]));

  it("is refused for an account that is not there, and for a pod of another one", async () => {
    expect(await refusal({}, "/api/v1/namespaces/a/serviceaccounts/none")).toEqual([404, 'serviceaccounts "none" not found']);
    await pod("p");
    expect(await refusal({ spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p" } } })).toEqual([
      400,
      'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    ]);
    await pod("q", "robot");
    const [code, message] = await refusal({ spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "q", uid: "x" } } });
    expect(code).toBe(409);
    expect(message).toContain("the UID in the bound object reference (x) does not match the UID in record");
  });
});

describe("a token", () => {
  it("makes its bearer the account", async () => {
    expect(await review(await tokenOf())).toEqual({
      authenticated: true,
      audiences: [ISSUER],
      user: {
        username: "system:serviceaccount:a:robot",
        uid,
        groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^JTI=/)] },
      },
    });
  });

  it("is for its audiences", async () => {
    const token = await tokenOf({ audiences: ["vault", "db"] });
    expect(await review(token, ["db", "other"])).toMatchObject({ authenticated: true, audiences: ["db"] });
    expect(await review(token, ["other"])).toMatchObject({ error: expect.stringContaining("is invalid for the target audiences") });
    expect((await review(token))?.authenticated).toBeUndefined();
  });

  it("ends, and the clocks may differ by a minute", async () => {
    const token = await tokenOf({ expirationSeconds: 600 });
    await clock.advance(660_000);
    expect(await review(token)).toMatchObject({ authenticated: true });
    await clock.advance(1000);
    expect(await review(token)).toEqual({ user: {}, error: EXPIRED });
  });

  it("ends with its account, and is not another's of the same name", async () => {
    const token = await tokenOf();
    await plane.client.delete(ServiceAccount, robot);
    const error = "[invalid bearer token, service account a/robot has been deleted]";
    expect(await review(token)).toEqual({ user: {}, error });
    await plane.client.create(ServiceAccount, { metadata: robot });
    expect(await review(token)).toEqual({ user: {}, error });
  });

  it("ends with the pod that it is bound to, and tells of it and its node", async () => {
    const node = await plane.client.create(Node, { metadata: { name: "n1" }, spec: {} });
    const bound = await pod("p", "robot");
    const token = await tokenOf({ boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p", uid: bound.metadata.uid } });
    expect(claimsOf(token)["kubernetes.io"]).toMatchObject({
      pod: { name: "p", uid: bound.metadata.uid },
      node: { name: "n1", uid: node.metadata.uid },
    });
    expect((await review(token))?.user?.extra).toMatchObject({
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/pod-uid": [bound.metadata.uid],
      "authentication.kubernetes.io/node-name": ["n1"],
      "authentication.kubernetes.io/node-uid": [node.metadata.uid],
    });
    await plane.client.delete(Node, { name: "n1" });
    expect(await review(token)).toMatchObject({ authenticated: true });
    await plane.client.delete(Pod, { name: "p", namespace: "a" }, { gracePeriodSeconds: 0 });
    expect(await review(token)).toEqual({ user: {}, error: INVALIDATED });
  });

  it("ends with the secret or the node that it is bound to", async () => {
    await plane.client.create(Secret, { metadata: { name: "s", namespace: "a" } });
    await plane.client.create(Node, { metadata: { name: "n1" }, spec: {} });
    const ofSecret = await tokenOf({ boundObjectRef: { apiVersion: "v1", kind: "Secret", name: "s" } });
    const ofNode = await tokenOf({ boundObjectRef: { apiVersion: "v1", kind: "Node", name: "n1" } });
    for (const token of [ofSecret, ofNode]) expect(await review(token)).toMatchObject({ authenticated: true });
    await plane.client.delete(Secret, { name: "s", namespace: "a" });
    await plane.client.delete(Node, { name: "n1" });
    for (const token of [ofSecret, ofNode]) expect(await review(token)).toEqual({ user: {}, error: INVALIDATED });
  });

  it("of nobody is of nobody", async () => {
    expect(await review("guess")).toEqual({ user: {}, error: "invalid bearer token" });
    expect((await api("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} })).json()).toMatchObject({
      code: 400,
      message: "token is required for TokenReview in authentication",
    });
  });

  it("can be checked by whoever reads the published keys", async () => {
    const token = await tokenOf();
    const configuration = (await api("GET", "/.well-known/openid-configuration")).json<{ issuer: string; jwks_uri: string }>();
    expect(configuration.issuer).toBe(ISSUER);
    const answer = await api("GET", new URL(configuration.jwks_uri).pathname as never);
    expect(answer.headers["content-type"]).toBe("application/jwk-set+json");
    const key = answer.json<{ keys: { kid: string }[] }>().keys[0];
    const [head = "", body = "", signature = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(head, "base64url").toString()).kid).toBe(key?.kid);
    const publicKey = createPublicKey({ key: { ...key }, format: "jwk" });
    const text = Buffer.from(`${head}.${body}`);
    expect(verify("sha256", text, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))).toBe(true);
  });
});

it("over the network, a bearer is let in with a good token and with no other", async () => {
  const tls = await testTls();
  const served = await startControlPlane({ server: { tls: tls.server } });
  const { port } = await served.server.listen({ host: "127.0.0.1", port: 0 });
  await served.client.create(ServiceAccount, { metadata: { name: "robot", namespace: "default" } });
  const account = { name: "robot", namespace: "default" };
  const { status } = (await served.client.post(ServiceAccount, account, "token", { spec: {} })) as TokenRequest;
  const ask = async (token: string) => {
    const transport = httpsTransport({ server: `https://127.0.0.1:${port}`, ca: tls.ca, token });
    const answer = await caller(transport)("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
    transport.close();
    return answer;
  };
  const good = await ask(status?.token ?? "");
  expect(good.json<{ status: object }>().status).toMatchObject({ userInfo: { username: "system:serviceaccount:default:robot" } });
  expect((await ask(`${status?.token.slice(0, -4)}AAAA`)).status).toBe(401);
  await served.client.delete(ServiceAccount, account);
  expect((await ask(status?.token ?? "")).json()).toMatchObject({ code: 401, reason: "Unauthorized" });
  await served.close();
});
