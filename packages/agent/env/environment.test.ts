import { ConfigMap, type Container, Pod, Secret, Service } from "@wherry/api";
import { pod, service, stored } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { type EnvironmentSources, environment, expandAll } from "./environment.ts";
import { formatMap, podField } from "./pod-field.ts";
import { resourceField } from "./resource-field.ts";
import { linkedServices, serviceLinks } from "./service-links.ts";

const config = stored(ConfigMap, { metadata: { name: "config" }, data: { colour: "blue", "1bad": "x" } } as never);
const secret = stored(Secret, { metadata: { name: "secret" }, data: { password: Buffer.from("hunter2").toString("base64") } } as never);
const resources = { requests: { cpu: "250m", memory: "64Mi" }, limits: { memory: "128Mi" } };
const web = stored(
  Pod,
  pod("web", { labels: { app: "web", tier: "front" }, node: "n1", containers: [{ name: "main", image: "app:v1", resources }] }),
);
const place = { nodeName: "n1", hostIP: "192.0.2.1", podIP: "10.244.0.7" };
const allocatable = { cpu: "4", memory: "8Gi" };

function env(container: Partial<Container>, more: Partial<EnvironmentSources> = {}): Record<string, string> {
  const sources: EnvironmentSources = {
    pod: web,
    place,
    allocatable,
    serviceLinks: new Map([["DB_SERVICE_HOST", "10.96.0.5"]]),
    configMap: (name) => (name === "config" ? config : undefined),
    secret: (name) => (name === "secret" ? secret : undefined),
    ...more,
  };
  return Object.fromEntries(environment({ name: "main", ...container }, sources));
}

describe("environment", () => {
  it("lets later ones refer to earlier ones and to services", () => {
    const made = env({
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "$(A)-$(DB_SERVICE_HOST)-$(C)" },
        { name: "C", value: "3" },
      ],
    });
    expect(made).toEqual({ A: "1", B: "1-10.96.0.5-$(C)", C: "3", DB_SERVICE_HOST: "10.96.0.5" });
  });

  it("takes all of an object with a prefix, and says which keys it cannot", () => {
    const skipped: string[] = [];
    const made = env(
      {
        envFrom: [
          { prefix: "X_", configMapRef: { name: "config" } },
          { configMapRef: { name: "config" } },
          { secretRef: { name: "secret" } },
        ],
        env: [{ name: "X_colour", value: "red" }],
      },
      { onSkipped: (from, keys) => skipped.push(`${from}: ${keys}`) },
    );
    expect(made).toMatchObject({ X_colour: "red", X_1bad: "x", password: "hunter2" });
    expect(skipped).toEqual(["configMap default/config: 1bad"]);
  });

  it("takes single keys, fields and resources", () => {
    const made = env({
      env: [
        { name: "COLOUR", valueFrom: { configMapKeyRef: { name: "config", key: "colour" } } },
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "secret", key: "password" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: "MEMORY", valueFrom: { resourceFieldRef: { containerName: "main", resource: "limits.memory", divisor: "1Mi" } } },
        { name: "NONE", valueFrom: { configMapKeyRef: { name: "nowhere", key: "x", optional: true } } },
      ],
    });
    expect(made).toMatchObject({ COLOUR: "blue", PASSWORD: "hunter2", IP: "10.244.0.7", APP: "web", MEMORY: "128" });
    expect("NONE" in made).toBe(false);
  });

  it.each([
    [{ env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "nowhere", key: "x" } } }] }, 'configmap "nowhere" not found'],
    [
      { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "config", key: "x" } } }] },
      "couldn't find key x in ConfigMap default/config",
    ],
    [{ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "secret", key: "x" } } }] }, "couldn't find key x in Secret default/secret"],
    [{ envFrom: [{ secretRef: { name: "nowhere" } }] }, 'secret "nowhere" not found'],
    [{ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nope" } } }] }, "unsupported fieldPath: spec.nope"],
  ])("refuses what leads nowhere: %#", (container, message) => {
    expect(() => env(container)).toThrow(message);
  });

  it("expands commands", () => {
    expect(expandAll(["sh", "-c", "echo $(A) $(B)"], new Map([["A", "1"]]))).toEqual(["sh", "-c", "echo 1 $(B)"]);
    expect(expandAll(undefined, new Map())).toBeUndefined();
  });
});

describe("fields", () => {
  it.each([
    ["metadata.name", "web"],
    ["metadata.namespace", "default"],
    ["metadata.uid", "pod-default-web"],
    ["metadata.labels", 'app="web"\ntier="front"'],
    ["metadata.labels['tier']", "front"],
    ["metadata.annotations['none']", ""],
    ["spec.nodeName", "n1"],
    ["spec.serviceAccountName", "default"],
    ["status.hostIP", "192.0.2.1"],
    ["status.podIPs", "10.244.0.7"],
  ])("%s is %s", (path, expected) => {
    expect(podField(web, path, place)).toBe(expected);
  });

  it("are quoted as Go does", () => {
    expect(formatMap({ a: 'say "hi"\n', b: "\u0001\\u0041" })).toBe('a="say \\"hi\\"\\n"\nb="\\x01\\\\u0041"');
  });

  it.each([
    ["requests.cpu", undefined, "1"],
    ["requests.cpu", "1m", "250"],
    ["limits.cpu", undefined, "4"],
    ["requests.memory", "1Mi", "64"],
    ["limits.memory", "1Gi", "1"],
    ["limits.memory", undefined, "134217728"],
    ["limits.ephemeral-storage", undefined, "0"],
  ])("%s in units of %s is %s", (resource, divisor, expected) => {
    expect(resourceField(web, web.spec.containers[0], { resource, ...(divisor && { divisor }) }, allocatable)).toBe(expected);
  });
});

describe("service links", () => {
  const db = { ...stored(Service, service("my-db", { ports: [{ name: "sql", port: 5432 }] })) };
  db.spec = { ...db.spec, clusterIP: "10.96.0.9" };

  it("name hosts and ports as Docker did", () => {
    expect(Object.fromEntries(serviceLinks([db]))).toEqual({
      MY_DB_SERVICE_HOST: "10.96.0.9",
      MY_DB_SERVICE_PORT: "5432",
      MY_DB_SERVICE_PORT_SQL: "5432",
      MY_DB_PORT: "tcp://10.96.0.9:5432",
      MY_DB_PORT_5432_TCP: "tcp://10.96.0.9:5432",
      MY_DB_PORT_5432_TCP_PROTO: "tcp",
      MY_DB_PORT_5432_TCP_PORT: "5432",
      MY_DB_PORT_5432_TCP_ADDR: "10.96.0.9",
    });
  });

  it("leave out services without an address", () => {
    expect(serviceLinks([{ ...db, spec: { ...db.spec, clusterIP: "None" } }]).size).toBe(0);
  });

  it("always have the API itself, and the others only when they are wanted", () => {
    const api = { ...db, metadata: { ...db.metadata, name: "kubernetes" } };
    const all = {
      get: (name: string, namespace: string) => (name === "kubernetes" && namespace === "default" ? api : undefined),
      list: () => [db],
    };
    expect(linkedServices(all, "other", true)).toEqual([api, db]);
    expect(linkedServices(all, "other", false)).toEqual([api]);
  });
});
