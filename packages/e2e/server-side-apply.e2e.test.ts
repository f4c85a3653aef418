import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { missing, ROOT, run, TestCluster } from "./cluster.ts";
import { Kubectl } from "./kubectl.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of server-side apply do not run: ${why}`);

interface Entry {
  manager: string;
  operation: string;
  subresource?: string;
  fieldsV1: object;
}

const configMap = (data: Record<string, string>) => JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data });
const deployment = (replicas: number | undefined, image = "example.invalid/a:1") =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      ...(replicas !== undefined && { replicas }),
      paused: true,
      selector: { matchLabels: { app: "d" } },
      template: { metadata: { labels: { app: "d" } }, spec: { containers: [{ name: "c", image, ports: [{ containerPort: 80 }] }] } },
    },
  });

describe.skipIf(why)("kubectl apply --server-side", () => {
  let cluster: TestCluster;
  let kubectl: Kubectl;
  let namespaces = 0;

  beforeAll(async () => {
    cluster = await TestCluster.create("e2e-apply");
    await cluster.up();
  });
  afterAll(() => cluster?.remove());
  beforeEach(async () => {
    kubectl = await Kubectl.inNamespace(cluster, `apply-${++namespaces}`);
  });

  const apply = (manifest: string, ...more: string[]) => kubectl.with(manifest, "apply", "--server-side", ...more);
  const refused = async (manifest: string, ...more: string[]) => {
    const ran = await kubectl.try(["apply", "--server-side", ...more, "-f", "-"], { input: manifest });
    expect(ran.code).toBe(1);
    return ran.stderr;
  };
  const entries = async (object: string): Promise<Entry[]> =>
    JSON.parse(await kubectl.run("get", object, "-o", "jsonpath={.metadata.managedFields}", "--show-managed-fields")) as Entry[];
  const owners = async (object: string) => (await entries(object)).map(({ manager, operation }) => `${manager} ${operation}`);
  const data = (name = "m") => kubectl.run("get", "configmap", name, "-o", "jsonpath={.data}");

  it("creates, changes, and removes what is left out", async () => {
    expect(await apply(configMap({ a: "1", b: "1" }))).toBe("configmap/m serverside-applied\n");
    expect(await apply(configMap({ a: "2" }))).toBe("configmap/m serverside-applied\n");
    expect(await data()).toBe('{"a":"2"}');
    expect(await owners("configmap/m")).toEqual(["kubectl Apply"]);
    const version = () => kubectl.run("get", "configmap", "m", "-o", "jsonpath={.metadata.resourceVersion}");
    const before = await version();
    await apply(configMap({ a: "2" }));
    expect(await version()).toBe(before);
  });

  it("shows managed fields only when asked", async () => {
    await apply(configMap({ a: "1" }));
    expect(await kubectl.run("get", "configmap", "m", "-o", "yaml")).not.toContain("managedFields");
    const shown = await kubectl.run("get", "configmap", "m", "-o", "yaml", "--show-managed-fields");
    expect(shown).toContain("    fieldsV1:\n      f:data:\n        f:a: {}\n    manager: kubectl\n    operation: Apply\n");
  });

  it("explains a conflict, and takes over by force", async () => {
    await apply(configMap({ a: "1", b: "1" }), "--field-manager", "one");
    const message = await refused(configMap({ a: "2" }), "--field-manager", "two");
    expect(message).toContain('error: Apply failed with 1 conflict: conflict with "one": .data.a\n');
    expect(message).toContain("Please review the fields above--they currently have other managers.");
    await apply(configMap({ a: "2" }), "--field-manager", "two", "--force-conflicts");
    expect(await data()).toBe('{"a":"2","b":"1"}');
    expect(await owners("configmap/m")).toEqual(["one Apply", "two Apply"]);
  });

  it("takes over from client-side apply", async () => {
    await kubectl.with(deployment(1), "apply");
    expect(await owners("deployment/d")).toContain("kubectl-client-side-apply Update");
    expect(await apply(deployment(2))).toBe("deployment.apps/d serverside-applied\n");
    const after = await owners("deployment/d");
    expect(after).toContain("kubectl Apply");
    expect(after).not.toContain("kubectl-client-side-apply Update");
    await apply(deployment(undefined, "example.invalid/a:2"));
    const left = await kubectl.run("get", "deployment", "d", "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}");
    expect(left).toBe("1 example.invalid/a:2");
    expect(await kubectl.with(deployment(3), "apply")).toContain("deployment.apps/d configured");
  });

  it("knows of kubectl scale", async () => {
    await apply(deployment(1));
    await kubectl.run("scale", "deployment", "d", "--replicas=3");
    const scaled = (await entries("deployment/d")).find(({ subresource }) => subresource === "scale");
    expect(scaled).toMatchObject({ manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": { "f:replicas": {} } } });
    expect(await refused(deployment(1))).toContain(
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
    await apply(deployment(undefined));
    expect(await kubectl.run("get", "deployment", "d", "-o", "jsonpath={.spec.replicas}")).toBe("3");
  });

  it("reads the same from wherry", async () => {
    const wherry = (manifest: string, ...more: string[]) =>
      run(join(ROOT, "wherry"), ["apply", "--server-side", "-n", kubectl.namespace, ...more, "-f", "-"], {
        env: cluster.env,
        input: manifest,
      });
    expect(await wherry(configMap({ a: "1" }))).toMatchObject({ code: 0, stdout: "configmap/m serverside-applied\n" });
    const theirs = await kubectl.try(["apply", "--server-side", "--field-manager", "two", "-f", "-"], { input: configMap({ a: "2" }) });
    const ours = await wherry(configMap({ a: "2" }), "--field-manager", "two");
    expect(ours).toEqual(theirs);
    expect(await wherry(configMap({ a: "2" }), "--field-manager", "two", "--force-conflicts")).toMatchObject({ code: 0 });
    expect(await owners("configmap/m")).toEqual(["two Apply"]);
  });

  it("says what does not fit", async () => {
    const wrong = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { a: 1 } });
    expect(await refused(wrong)).toContain(".data.a: expected string, got &value.valueUnstructured{Value:1}");
    expect(await apply(configMap({ a: "1" }), "--dry-run=server")).toBe("configmap/m serverside-applied (server dry run)\n");
    expect(await kubectl.refused("get", "configmap", "m")).toContain("NotFound");
  });
});
