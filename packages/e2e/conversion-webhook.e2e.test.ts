import { networkInterfaces } from "node:os";
import { startWebhook, type TestWebhook } from "@wherry/apiserver/custom-resources/testing-webhook.ts";
import { expect, it, onTestFinished } from "vitest";
import { Kubectl } from "./kubectl.ts";
import { describeOnCluster } from "./on-cluster.ts";

const text = { type: "string" };
const FIELDS = {
  v1: { hostPort: { ...text, description: "Where it is, in one." }, note: text },
  v1beta1: { host: { ...text, description: "Where it is." }, port: { ...text, default: "80" }, note: text },
};

const definition = (group: string, clientConfig: object) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `relays.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "relays", kind: "Relay" },
    versions: Object.entries(FIELDS).map(([name, properties]) => ({
      ...{ name, served: true, storage: name === "v1" },
      schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } },
    })),
    conversion: { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } },
  },
});

/** An address of this host that is not on loopback: endpoints may not be there. */
function hostAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4");
  if (!found) throw new Error("this host has no address but loopback");
  return found.address;
}

/** Writes and reads objects of a group in both of its versions. */
async function useBothVersions(k: Kubectl, group: string): Promise<void> {
  const relay = (version: keyof typeof FIELDS, name: string, spec: object) =>
    JSON.stringify({ apiVersion: `${group}/${version}`, kind: "Relay", metadata: { name }, spec });
  const spec = async (version: keyof typeof FIELDS, name: string) => {
    const object = JSON.parse(await k.run("get", `relays.${version}.${group}`, name, "-o", "json"));
    expect(object.apiVersion).toBe(`${group}/${version}`);
    return object.spec;
  };
  // What reaches the webhook comes into being after it was asked for.
  await expect.poll(async () => (await k.try(["apply", "-f", "-"], { input: relay("v1beta1", "old", { host: "h" }) })).stderr).toBe("");
  expect(await k.with(relay("v1beta1", "old", { host: "h" }), "apply")).toBe(`relay.${group}/old unchanged\n`);
  expect(await spec("v1beta1", "old")).toEqual({ host: "h", port: "80" });
  expect(await spec("v1", "old")).toEqual({ hostPort: "h:80" });

  expect(await k.with(relay("v1", "new", { hostPort: "a:1" }), "apply", "--server-side")).toContain("serverside-applied");
  expect(await spec("v1beta1", "new")).toEqual({ host: "a", port: "1" });
  await k.run("patch", `relays.v1beta1.${group}/new`, "--type=merge", "-p", '{"spec":{"port":"2"}}');
  expect(await spec("v1", "new")).toEqual({ hostPort: "a:2" });
  expect(await k.run("get", `relays.v1beta1.${group}`, "-o", "jsonpath={.items[*].spec.host}")).toBe("a h");
  expect(await k.run("delete", `relays.v1beta1.${group}`, "--all")).toContain("deleted");
  expect(await k.run("get", `relays.v1.${group}`, "-o", "name")).toBe("");
}

async function define(k: Kubectl, group: string, clientConfig: object): Promise<void> {
  await k.with(JSON.stringify(definition(group, clientConfig)), "apply");
  await k.run("wait", "--for=condition=Established", `crd/relays.${group}`, "--timeout=60s");
}

async function webhookAt(address: string, ...names: string[]): Promise<TestWebhook> {
  const webhook = await startWebhook(address, ...names);
  onTestFinished(() => webhook.close());
  return webhook;
}

describeOnCluster("custom resources that a webhook converts", "e2e-convert", (cluster) => {
  it("are written, read and explained in each version, with a webhook at a URL", async () => {
    const group = "by-url.example.com";
    const k = await Kubectl.inNamespace(cluster(), "by-url");
    const { url, caBundle, reviews } = await webhookAt("127.0.0.1");
    await define(k, group, { url, caBundle });
    await useBothVersions(k, group);
    expect(reviews.length).toBeGreaterThan(0);
    for (const [version, fields] of Object.entries(FIELDS)) {
      const explained = await k.run("explain", "relays.spec", "--api-version", `${group}/${version}`);
      expect(explained).toContain(`VERSION:    ${version}\n`);
      expect([...explained.matchAll(/^ {2}(\w+)\t/gm)].map(([, name]) => name)).toEqual(Object.keys(fields).sort());
    }
    expect(await k.run("explain", "relays.spec.host", "--api-version", `${group}/v1beta1`)).toContain("Where it is.");
    expect(await k.refused("explain", "relays.spec.host", "--api-version", `${group}/v1`)).toContain('field "host" does not exist');
  });

  it("are converted by a webhook behind a service's cluster IP", async () => {
    const group = "by-service.example.com";
    const k = await Kubectl.inNamespace(cluster(), "by-service");
    const address = hostAddress();
    const { port, caBundle, reviews } = await webhookAt(address, `converter.${k.namespace}.svc`);
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "converter" },
      spec: { ports: [{ port: 8443, targetPort: port }] },
    };
    const slice = {
      ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
      metadata: { name: "converter-host", labels: { "kubernetes.io/service-name": "converter" } },
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "", port, protocol: "TCP" }],
    };
    for (const object of [service, slice]) await k.with(JSON.stringify(object), "apply");
    await define(k, group, { service: { name: "converter", namespace: k.namespace, path: "/convert", port: 8443 }, caBundle });
    await useBothVersions(k, group);
    expect(reviews.length).toBeGreaterThan(0);
  });
});
