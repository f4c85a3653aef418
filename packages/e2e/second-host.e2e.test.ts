import type { ChildProcess } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing, ROOT } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { TestHost } from "./test-host.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of a second host do not run: ${why}`);

const WHERRY = join(ROOT, "wherry");
const FOLDER = join(tmpdir(), "wherry-e2e-hosts");
const DATA = join(FOLDER, "cluster");

/** A pod that answers with the name of its node, and a service for it alone. */
const ON = (node: string) => `
apiVersion: v1
kind: Pod
metadata: { name: on-${node}, labels: { app: on-${node} } }
spec:
  nodeSelector: { kubernetes.io/hostname: ${node} }
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: wherry-test/busybox:1
      command: [sh, -c, "mkdir /www && echo ${node} >/www/index.html && exec httpd -f -p 8080 -h /www"]
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: on-${node} }
spec: { selector: { app: on-${node} }, ports: [{ port: 80, targetPort: 8080 }] }
---
`;

const SPEAKER = `
apiVersion: v1
kind: Pod
metadata: { name: speaker }
spec:
  nodeSelector: { kubernetes.io/hostname: second }
  restartPolicy: Never
  containers: [{ name: main, image: "wherry-test/busybox:1", command: [echo, from the second host] }]
`;

// The way that the README describes, on two hosts that share a segment and nothing else.
describe.skipIf(why)("a second host", () => {
  let first: TestHost;
  let second: TestHost;
  const parts: ChildProcess[] = [];

  const server = () => [
    ...[
      "server",
      "--name",
      "hosts",
      "--data-dir",
      DATA,
      "--advertise-address",
      first.address,
      "--pod-cidr",
      "10.198.0.0/16",
      "--service-cidr",
      "10.197.0.0/16",
    ],
    ...["--node-name", "first", "--node-name", `second=${second.address}`],
  ];
  const agentOf = (host: TestHost, node: string) => [
    ...["agent", "--name", "hosts", "--data-dir", join(host.folder, "wherry"), "--credentials", join(DATA, "pki", "nodes", `${node}.json`)],
    ...[
      "--node-name",
      node,
      "--node-ip",
      host.address,
      "--docker",
      host.socket,
      "--pod-cidr",
      "10.198.0.0/16",
      "--service-cidr",
      "10.197.0.0/16",
    ],
  ];
  const inFirst = async (verb: string, ...args: string[]) => {
    const ran = await first.run(WHERRY, verb, "--kubeconfig", join(DATA, "pki", "admin.kubeconfig"), ...args);
    if (ran.code !== 0) throw new Error(ran.stderr + ran.stdout);
    return ran.stdout;
  };

  beforeAll(async () => {
    rmSync(DATA, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    first = await TestHost.create("wt-first", 1, FOLDER);
    second = await TestHost.create("wt-second", 2, FOLDER);
    await Promise.all([first, second].map((host) => buildImages(["busybox"], host.socket)));
    parts.push(first.start("server.log", WHERRY, ...server()));
    await eventually(() => inFirst("version").then(() => true));
    parts.push(first.start("agent.log", WHERRY, ...agentOf(first, "first")));
    parts.push(second.start("agent.log", WHERRY, ...agentOf(second, "second")));
    await inFirst("wait", "--for=create", "node/first", "node/second", "--timeout", "60s");
    await inFirst("wait", "--for=condition=Ready", "nodes", "--all", "--timeout", "60s");
  });

  afterAll(async () => {
    for (const part of parts) part.kill("SIGTERM");
    await Promise.all(parts.map((part) => part.exitCode ?? part.signalCode ?? new Promise((resolve) => part.once("exit", resolve))));
    for (const [host, node] of [
      [first, "first"],
      [second, "second"],
    ] as const)
      await host?.run(WHERRY, ...agentOf(host, node), "--purge");
    await first?.remove();
    await second?.remove();
    rmSync(FOLDER, { recursive: true, force: true });
  });

  it("runs pods that reach each other and each other's services, by address and by name", async () => {
    const manifest = join(FOLDER, "pods.yaml");
    writeFileSync(manifest, ON("first") + ON("second"));
    await inFirst("apply", "-f", manifest);
    await inFirst("wait", "--for=condition=Ready", "pods", "--all", "--timeout", "60s");
    const addressOf = (pod: string) => inFirst("get", "pod", pod, "-o", "jsonpath={.status.podIP}");
    expect((await addressOf("on-second")).replace(/\.\d+$/, "")).not.toBe((await addressOf("on-first")).replace(/\.\d+$/, ""));
    for (const [from, to] of [
      ["first", "second"],
      ["second", "first"],
    ] as const) {
      const fetch = (url: string) => eventually(() => inFirst("exec", `on-${from}`, "--", "wget", "-q", "-O", "-", url));
      expect(await fetch(`http://${await addressOf(`on-${to}`)}:8080/`)).toBe(`${to}\n`);
      expect(await fetch(`http://on-${to}/`)).toBe(`${to}\n`);
    }
  });

  it("gives its logs to the control plane", async () => {
    const manifest = join(FOLDER, "speaker.yaml");
    writeFileSync(manifest, SPEAKER);
    await inFirst("apply", "-f", manifest);
    await inFirst("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/speaker", "--timeout", "60s");
    expect(await inFirst("logs", "speaker")).toBe("from the second host\n");
  });
});
