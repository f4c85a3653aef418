import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerSocket, missing, TestCluster } from "./cluster.ts";
import { debianPackage } from "./debian-package.ts";
import { eventually } from "./eventually.ts";
import { BUSYBOX } from "./scene.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of kubernetes_sd_configs do not run: ${why}`);

const ROLES = ["node", "service", "pod", "endpoints", "endpointslice", "ingress"] as const;
const NAMESPACE = "watched";
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: { name: ${NAMESPACE} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${NAMESPACE} }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web }, annotations: { prometheus.io/scrape: "true" } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: main, image: "${BUSYBOX}", command: [sleep, "3600"], ports: [{ name: http, containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${NAMESPACE} }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: ${NAMESPACE} }
spec:
  rules: [{ host: web.example, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { name: http } } } }] } }]
`;

type Labels = Readonly<Record<string, string>>;
interface Targets {
  data: { activeTargets: { scrapePool: string; discoveredLabels: Labels; health: string }[] };
}

// Prometheus' own package in Debian is built without it: this is another program that reads the same configuration.
describe.skipIf(why)("kubernetes_sd_configs of Prometheus, as Debian's victoria-metrics reads them", () => {
  let cluster: TestCluster;
  let server: ChildProcess;
  let address: string;

  /** Writes what a configuration names as files, and the configuration. */
  function configure(): string {
    const folder = join(cluster.folder, "prometheus");
    mkdirSync(folder);
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    const [found, user] = [config.getCurrentCluster(), config.getCurrentUser()];
    const file = (name: string, base64: string | undefined) => {
      writeFileSync(join(folder, name), Buffer.from(base64 ?? "", "base64"), { mode: 0o600 });
      return join(folder, name);
    };
    const tls = {
      ca_file: file("ca.crt", found?.caData),
      cert_file: file("client.crt", user?.certData),
      key_file: file("client.key", user?.keyData),
    };
    const namespaces = { names: [NAMESPACE] };
    const roles = ROLES.map((role) => ({
      job_name: role,
      scrape_interval: "1h",
      kubernetes_sd_configs: [{ role, api_server: found?.server, tls_config: tls, ...(role !== "node" && { namespaces }) }],
    }));
    const self = {
      job_name: "apiserver",
      scheme: "https",
      scrape_interval: "1s",
      tls_config: tls,
      static_configs: [{ targets: [new URL(found?.server ?? "").host] }],
    };
    writeFileSync(join(folder, "prometheus.yml"), JSON.stringify({ scrape_configs: [...roles, self] }));
    return folder;
  }

  const targets = async (role: string): Promise<Labels[]> => {
    const answer = await fetch(`http://${address}/api/v1/targets?state=active`);
    const { data } = (await answer.json()) as Targets;
    return data.activeTargets.filter(({ scrapePool }) => scrapePool === role).map(({ discoveredLabels }) => discoveredLabels);
  };
  const find = (role: string, count: number) =>
    eventually(async () => {
      const found = await targets(role);
      expect(found.length, JSON.stringify(found)).toBe(count);
      return found;
    });

  beforeAll(async () => {
    const program = join(await debianPackage("victoria-metrics"), "usr", "bin", "victoria-metrics");
    await buildImages(["busybox"], dockerSocket());
    cluster = await TestCluster.create("e2e-discovery");
    await cluster.up();
    await cluster.apply(MANIFEST);
    await cluster.wherry("rollout", "status", "deployment/web", "-n", NAMESPACE);
    const folder = configure();
    address = `127.0.0.1:${await freePort()}`;
    const flags = [
      `-promscrape.config=${join(folder, "prometheus.yml")}`,
      `-storageDataPath=${join(folder, "data")}`,
      `-httpListenAddr=${address}`,
      "-promscrape.kubernetesSDCheckInterval=1s",
      "-search.latencyOffset=1s",
    ];
    const log = openSync(join(folder, "log"), "a");
    server = spawn(program, flags, { stdio: ["ignore", log, log] });
    await eventually(async () => (await fetch(`http://${address}/health`)).ok);
  });
  afterAll(async () => {
    if (server?.exitCode === null) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    await cluster?.remove();
  });

  it("finds the node", async () => {
    const [node] = await find("node", 1);
    expect(node).toMatchObject({
      __meta_kubernetes_node_label_kubernetes_io_os: "linux",
      __address__: expect.stringMatching(/^[\d.]+:\d+$/),
    });
  });

  it("finds the service and its port", async () => {
    const [service] = await find("service", 1);
    expect(service).toMatchObject({
      __address__: `web.${NAMESPACE}.svc:80`,
      __meta_kubernetes_service_port_name: "http",
      __meta_kubernetes_service_type: "ClusterIP",
    });
  });

  it.each(["pod", "endpoints", "endpointslice"])("finds the pods by role %s, with their labels and annotations", async (role) => {
    for (const pod of await find(role, 2))
      expect(pod).toMatchObject({
        __address__: expect.stringMatching(/^[\d.]+:8080$/),
        __meta_kubernetes_pod_label_app: "web",
        __meta_kubernetes_pod_annotation_prometheus_io_scrape: "true",
        __meta_kubernetes_pod_ready: "true",
        __meta_kubernetes_pod_controller_kind: "ReplicaSet",
      });
  });

  it("finds the ingress", async () => {
    const [ingress] = await find("ingress", 1);
    expect(ingress).toMatchObject({ __meta_kubernetes_ingress_host: "web.example", __meta_kubernetes_ingress_path: "/" });
  });

  it("follows what changes, also after the server was killed", async () => {
    await cluster.wherry("scale", "deployment/web", "--replicas", "1", "-n", NAMESPACE);
    for (const role of ["pod", "endpoints", "endpointslice"]) await find(role, 1);
    process.kill(cluster.pid("server"), "SIGKILL");
    await cluster.up();
    await cluster.wherry("scale", "deployment/web", "--replicas", "3", "-n", NAMESPACE);
    for (const role of ["pod", "endpoints", "endpointslice"]) await find(role, 3);
  });

  it("reads the server's own metrics", async () => {
    const up = async () => {
      const answer = await fetch(
        `http://${address}/api/v1/query?query=${encodeURIComponent('up{job="apiserver"} and on() sum(apiserver_request_total) > 0')}`,
      );
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1] === "1";
    };
    await eventually(up);
  });
});

/** A port that nobody has now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
