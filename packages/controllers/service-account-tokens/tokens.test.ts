import { Secret, ServiceAccount, TokenReview } from "@wherry/api";
import { newKey } from "@wherry/pki/issue.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serviceAccountTokensController } from "./index.ts";

const at = (name: string) => ({ name, namespace: "default" });
const ofRobot = { annotations: { "kubernetes.io/service-account.name": "robot" } };
const type = "kubernetes.io/service-account-token";

let plane: ControlPlane;
let account: ServiceAccount;

beforeEach(async () => {
  const privateKey = newKey();
  plane = await startControlPlane({
    controllers: [serviceAccountTokensController({ privateKey, caCertificate: "PEM" })],
    server: { serviceAccounts: { privateKey } },
  });
  account = await plane.client.create(ServiceAccount, { metadata: at("robot") });
});
afterEach(() => plane.close());

const text = (secret: Secret, field: string) => Buffer.from(secret.data?.[field] ?? "", "base64").toString();

async function filled(): Promise<Secret> {
  await plane.client.create(Secret, { metadata: { ...at("token"), ...ofRobot }, type });
  await plane.idle();
  return plane.client.get(Secret, at("token"));
}

const review = async (token: string) => (await plane.client.create(TokenReview, { metadata: {}, spec: { token } })).status;

describe("a secret for a token", () => {
  it("is filled, and the token is good as long as the secret has it", async () => {
    const secret = await filled();
    expect([text(secret, "ca.crt"), text(secret, "namespace")]).toEqual(["PEM", "default"]);
    expect(secret.metadata.annotations?.["kubernetes.io/service-account.uid"]).toBe(account.metadata.uid);
    const token = text(secret, "token");
    expect(await review(token)).toMatchObject({
      authenticated: true,
      user: { username: "system:serviceaccount:default:robot", uid: account.metadata.uid },
    });
    await plane.client.delete(Secret, at("token"));
    expect(await review(token)).toMatchObject({ error: "[invalid bearer token, service account token has been invalidated]" });
  });

  it("gets back what is taken out, and keeps its token", async () => {
    const secret = await filled();
    await plane.client.patch(Secret, at("token"), { type: "merge", body: { data: { "ca.crt": null, more: "eA==" } } });
    await plane.idle();
    expect((await plane.client.get(Secret, at("token"))).data).toEqual({ ...secret.data, more: "eA==" });
  });

  it("goes with its account, and is not of the next one", async () => {
    await filled();
    await plane.client.delete(ServiceAccount, at("robot"));
    await plane.client.create(ServiceAccount, { metadata: at("robot") });
    await plane.idle();
    expect((await plane.client.list(Secret, { namespace: "default" })).items).toEqual([]);
  });

  it("without an account goes, and another secret stays", async () => {
    const annotations = { "kubernetes.io/service-account.name": "nobody" };
    await plane.client.create(Secret, { metadata: { ...at("token"), annotations }, type });
    await plane.client.create(Secret, { metadata: { ...at("plain"), annotations } });
    await plane.idle();
    expect((await plane.client.list(Secret, { namespace: "default" })).items.map((s) => s.metadata.name)).toEqual(["plain"]);
  });
});
