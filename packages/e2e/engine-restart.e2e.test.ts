import type { ChildProcess } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isPodReady, type Pod } from "@wherry/api";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing, ROOT } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { BUSYBOX } from "./scene.ts";
import { TestHost } from "./test-host.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of an engine's restart do not run: ${why}`);

const WHERRY = join(ROOT, "wherry");
const FOLDER = join(tmpdir(), "wherry-e2e-engine");
const DATA = join(FOLDER, "cluster");
const CLUSTER = "engine";
/** `wherry`, the cluster, the namespace, the pod's name and uid; a container's name goes on. */
const SANDBOX_PARTS = 5;
/** `web` times three and `pair`. */
const RUNNING = 4;
const RANGES = ["--pod-cidr", "10.196.0.0/16", "--service-cidr", "10.195.0.0/16"];

const SERVE = "mkdir -p /www && hostname >/www/index.html && httpd -p 8080 -h /www && trap 'exit 0' TERM && while :; do sleep 0.1; done";
/** Beside it a program that heeds no SIGTERM: the engine waits for that before it goes away, when all others have ended. */
const IDLE = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: ${BUSYBOX}
          command: [sh, -c, "${SERVE}"]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: pair }
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{ name: kept, emptyDir: {} }]
  initContainers: [{ name: first, image: ${BUSYBOX}, command: [sh, -c, "echo x >>/kept/starts"], volumeMounts: [{ name: kept, mountPath: /kept }] }]
  containers:
    - { name: main, image: ${BUSYBOX}, command: [sh, -c, "${IDLE}"], volumeMounts: [{ name: kept, mountPath: /kept }] }
    - { name: other, image: ${BUSYBOX}, command: [sleep, "3600"] }
---
apiVersion: v1
kind: Pod
metadata: { name: done }
spec: { restartPolicy: Never, containers: [{ name: main, image: ${BUSYBOX}, command: ["true"] }] }
`;

describe.skipIf(why)("an engine that restarts under its pods", () => {
  let host: TestHost;
  let before: Map<string, Pod>;
  const parts: ChildProcess[] = [];

  const server = () => [
    ...["server", "--name", CLUSTER, "--data-dir", DATA, "--advertise-address", host.address, "--node-name", "one", ...RANGES],
  ];
  const agent = () => [
    ...["agent", "--name", CLUSTER, "--data-dir", join(host.folder, "wherry"), "--credentials", join(DATA, "pki", "nodes", "one.json")],
    ...["--node-name", "one", "--node-ip", host.address, "--docker", host.socket, ...RANGES],
  ];
  const wherry = (verb: string, ...args: string[]) => on(WHERRY, verb, "--kubeconfig", join(DATA, "pki", "admin.kubeconfig"), ...args);
  const on = async (command: string, ...args: string[]) => {
    const ran = await host.run(command, ...args);
    if (ran.code !== 0) throw new Error(`${command} ${args.join(" ")}: ${ran.stderr}${ran.stdout}`);
    return ran.stdout;
  };
  const pods = async () => {
    const { items } = JSON.parse(await wherry("get", "pods", "-o", "json")) as { items: Pod[] };
    return new Map(items.map((pod) => [pod.metadata.name, pod]));
  };
  const allReady = () =>
    eventually(async () => {
      const all = await pods();
      const ready = [...all.values()].filter(isPodReady);
      const succeeded = all.get("done")?.status?.phase === "Succeeded";
      if (ready.length === RUNNING && succeeded) return all;
      throw new Error(
        JSON.stringify(
          [...all.values()].map(({ metadata, status }) => [metadata.name, status]),
          null,
          1,
        ),
      );
    });
  /** Everything of the cluster on the engine: the parts of its name, and its state. */
  const onEngine = async () => {
    const flags = ["--all", "--filter", `label=io.wherry.cluster=${CLUSTER}`, "--format", "{{.Names}} {{.State}}"];
    const lines = (await on("docker", "--host", `unix://${host.socket}`, "ps", ...flags)).split("\n").filter(Boolean);
    return lines.map((line) => ({ name: line.split(" ")[0]!.split("_"), state: line.split(" ")[1]! }));
  };
  const links = async () => {
    const found = JSON.parse(await on("ip", "-j", "link", "show", "type", "veth")) as { ifname: string }[];
    return found.map(({ ifname }) => ifname).filter((name) => name !== "eth0");
  };

  beforeAll(async () => {
    rmSync(DATA, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    host = await TestHost.create("wt-engine", 3, FOLDER);
    await buildImages(["busybox"], host.socket);
    parts.push(host.start("server.log", WHERRY, ...server()));
    await eventually(() => wherry("version").then(() => true));
    parts.push(host.start("agent.log", WHERRY, ...agent()));
    await wherry("wait", "--for=create", "node/one", "--timeout", "60s");
    await wherry("wait", "--for=condition=Ready", "nodes", "--all", "--timeout", "60s");
    const manifest = join(FOLDER, "pods.yaml");
    writeFileSync(manifest, MANIFEST);
    await wherry("apply", "-f", manifest);
    before = await allReady();
  });

  afterAll(async () => {
    for (const part of parts) part.kill("SIGTERM");
    await Promise.all(parts.map((part) => part.exitCode ?? part.signalCode ?? new Promise((resolve) => part.once("exit", resolve))));
    await host?.run(WHERRY, ...agent(), "--purge");
    await host?.remove();
    rmSync(FOLDER, { recursive: true, force: true });
  });

  it("gets all pods back, each container started once more after it", async () => {
    await host.stopEngine();
    // As a firewall would that was reloaded: with Docker's own policy nothing of the pods is forwarded now.
    await on("iptables", "-F", "FORWARD");
    await host.startEngine();
    await eventually(async () => {
      const all = await pods();
      return [...before.keys()].every((name) => name === "done" || restarts(all.get(name)) > 0);
    });
    const after = await allReady();
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [name, pod] of after) {
      expect(pod.metadata.uid, name).toBe(before.get(name)?.metadata.uid);
      expect(restarts(pod), name).toBe(name === "done" ? 0 : 1);
    }
    expect(after.get("done")?.status).toEqual(before.get("done")?.status);
  });

  it("answers at services again, by name", async () => {
    const names = [...before.keys()].filter((name) => name.startsWith("web-"));
    const answers = new Set<string>();
    await eventually(async () => {
      answers.add((await wherry("exec", "-c", "main", "pair", "--", "wget", "-q", "-O", "-", "http://web/")).trim());
      return answers.size === names.length;
    });
    expect([...answers].sort()).toEqual(names.sort());
    expect((await wherry("exec", "-c", "main", "pair", "--", "cat", "/kept/starts")).split("\n").filter(Boolean)).toHaveLength(2);
  });

  it("leaves nothing of the old life behind", async () => {
    const uids = [...before.values()].filter(({ metadata }) => metadata.name !== "done").map(({ metadata }) => metadata.uid);
    await eventually(async () => {
      const all = await onEngine();
      const kept = keptContainers(await pods());
      const sandboxes = all.filter(({ name }) => name.length <= SANDBOX_PARTS);
      const ended = all.filter(({ name, state }) => name.length > SANDBOX_PARTS && name[3] !== "done" && state !== "running");
      const seen = {
        deadSandboxes: sandboxes.filter(({ state }) => state !== "running").map(({ name }) => name.join("_")),
        owners: sandboxes.flatMap(({ name }) => name[4] ?? []).sort(),
        links: (await links()).length,
        // One dead container is kept for each that runs, with its log; the init container ran twice.
        ended: ended.map(({ name }) => name.slice(3, 4).concat(name.slice(5)).join(" ")).sort(),
      };
      expect(seen).toEqual({ deadSandboxes: [], owners: uids.toSorted(), links: sandboxes.length, ended: kept });
      return true;
    });
  });
});

/** The dead containers that are kept: of each that runs the one before it, and the init container's last. */
function keptContainers(pods: ReadonlyMap<string, Pod>): string[] {
  const live = [...pods].filter(([name]) => name !== "done");
  return live
    .flatMap(([name, { status }]) => [
      ...(status?.initContainerStatuses ?? []).map((s) => [name, s.name, s.restartCount]),
      ...(status?.initContainerStatuses ?? []).map((s) => [name, s.name, s.restartCount - 1]),
      ...(status?.containerStatuses ?? []).map((s) => [name, s.name, s.restartCount - 1]),
    ])
    .map((parts) => parts.join(" "))
    .sort();
}

/** The most restarts of any of the pod's containers. */
function restarts(pod: Pod | undefined): number {
  return Math.max(0, ...(pod?.status?.containerStatuses ?? []).map((status) => status.restartCount));
}
