import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { ConfigMap, type EnvVar, Pod, Secret, Service } from "@wherry/api";
import { expect, it } from "vitest";
import { describeOnCluster } from "./on-cluster.ts";
import { BUSYBOX, Scene, type SceneSpec } from "./scene.ts";

const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const amount = (name: string, resource: string, divisor?: string): EnvVar => ({
  name,
  valueFrom: { resourceFieldRef: { resource, ...(divisor && { divisor }) } },
});

/** What a pod's script is, what the pod is like, and what the script then prints. */
type Row = [what: string, script: string, spec: SceneSpec, prints: string | RegExp];

// The cgroups of version 1 are below folders of their own; version 2 has one.
const CGROUP_CPU =
  "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.shares 2>/dev/null || { cut -d' ' -f1 /sys/fs/cgroup/cpu.max; cat /sys/fs/cgroup/cpu.weight; }";
const CGROUP_MEMORY = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max";

/** Where this very process lacks a capability, as in some virtual machines, no engine can run a privileged container. */
const ALL_CAPABILITIES = /^CapBnd:\t0*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]?.match(/^[137]?f+$/);
const PRIVILEGED: Row = [
  "all privileges",
  "ip link add e2e0 type dummy && ip link del e2e0 && echo ok; ls /dev/kmsg",
  { main: { securityContext: { privileged: true } } },
  "ok\n/dev/kmsg\n",
];

const ROWS: Row[] = [
  [
    "literals, and references to them",
    'echo "$A|$B|$C|$D|$E"; echo "$0 $1"',
    {
      main: {
        command: ["sh", "-c", 'echo "$A|$B|$C|$D|$E"; echo "$0 $1"', "$(A)"],
        args: ["$(B) $$(B) $(NONE)"],
        env: [
          { name: "A", value: "a b" },
          { name: "B", value: "<$(A)>" },
          { name: "C", value: "$(LATER)" },
          { name: "LATER", value: "x" },
          { name: "D", value: "ü\nline=2 'quoted'" },
          { name: "E" },
        ],
      },
    },
    "a b|<a b>|$(LATER)|ü\nline=2 'quoted'|\na b <a b> $(B) $(NONE)\n",
  ],
  [
    "the pod's own fields",
    'echo "$NAME $NS $UID_ $LABEL $NOTE $NODE $ACCOUNT"; [ "$IP" = "$IPS" ] && [ -n "$HOST" ] && hostname -i | grep -qw "$IP" && echo same',
    {
      main: {
        env: [
          ...[field("NAME", "metadata.name"), field("NS", "metadata.namespace"), field("UID_", "metadata.uid")],
          ...[field("LABEL", "metadata.labels['app']"), field("NOTE", "metadata.annotations['note']")],
          ...[field("NODE", "spec.nodeName"), field("ACCOUNT", "spec.serviceAccountName")],
          ...[field("HOST", "status.hostIP"), field("IP", "status.podIP"), field("IPS", "status.podIPs")],
        ],
      },
    },
    new RegExp(`^row-1 environment [-0-9a-f]{36} rows hello ${hostname().toLowerCase()} default\nsame\n$`),
  ],
  [
    "the container's resources, the node's where it has none",
    "echo $CPU $MILLI $MEMORY $MEBI $NODE_CPU",
    {
      main: {
        resources: { requests: { cpu: "100m", memory: "16Mi" }, limits: { memory: "32Mi" } },
        env: [
          ...[amount("CPU", "requests.cpu"), amount("MILLI", "requests.cpu", "1m"), amount("MEMORY", "limits.memory")],
          ...[amount("MEBI", "requests.memory", "1Mi"), amount("NODE_CPU", "limits.cpu")],
        ],
      },
    },
    /^1 100 33554432 16 [1-9]\d*\n$/,
  ],
  [
    "keys of maps and secrets, and all of them",
    'echo "$ONE $SECRET [$NONE] $P_one $P_two"; env | grep -c "bad.key\\|^user="',
    {
      main: {
        env: [
          { name: "ONE", valueFrom: { configMapKeyRef: { name: "map", key: "one" } } },
          { name: "SECRET", valueFrom: { secretKeyRef: { name: "secret", key: "user" } } },
          { name: "NONE", valueFrom: { configMapKeyRef: { name: "map", key: "none", optional: true } } },
        ],
        envFrom: [
          { prefix: "P_", configMapRef: { name: "map" } },
          { secretRef: { name: "secret" } },
          { configMapRef: { name: "missing", optional: true } },
        ],
      },
    },
    "1 root [] 1 2\n1\n",
  ],
  [
    "the services of its namespace",
    "env | grep -c '^KUBERNETES_SERVICE_\\(HOST\\|PORT\\|PORT_HTTPS\\)='; echo $FRONT_SERVICE_HOST:$FRONT_SERVICE_PORT $FRONT_PORT",
    {},
    /^3\n([\d.]+):80 tcp:\/\/\1:80\n$/,
  ],
  ["no services, where none are wanted", "env | grep FRONT; env | grep -c ^KUBERNETES_SERVICE_HOST=", { enableServiceLinks: false }, "1\n"],
  [
    "its name, from the first instruction on",
    "hostname; cat /etc/hostname; uname -n; grep -cw row-6 /etc/hosts",
    {},
    "row-6\nrow-6\nrow-6\n1\n",
  ],
  [
    "a name and a domain of its own",
    "hostname; hostname -f",
    { hostname: "db-0", subdomain: "db" },
    "db-0\ndb-0.db.environment.svc.cluster.local\n",
  ],
  ["a working directory, made when missing", "pwd; touch here", { main: { workingDir: "/deep/down" } }, "/deep/down\n"],
  [
    "user and groups",
    "id -u; id -g; id -G",
    { securityContext: { runAsUser: 1001, runAsGroup: 1002, supplementalGroups: [1003] } },
    "1001\n1002\n1002 1003\n",
  ],
  [
    "the container's user before the pod's",
    "id -u",
    { securityContext: { runAsUser: 1001 }, main: { securityContext: { runAsUser: 65534, runAsNonRoot: true } } },
    "65534\n",
  ],
  [
    "capabilities",
    "grep CapEff /proc/self/status; chown 1 /tmp && echo changed; hostname x 2>&1 || true",
    { main: { securityContext: { capabilities: { drop: ["ALL"], add: ["CHOWN"] } } } },
    /^CapEff:\t0000000000000001\nchanged\nhostname: sethostname: Operation not permitted\n$/,
  ],
  [
    "a read-only root, and a place to write",
    "touch /x 2>&1 || touch /tmp/y && echo written",
    {
      main: { securityContext: { readOnlyRootFilesystem: true }, volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] },
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
    /Read-only file system\nwritten\n$/,
  ],
  [
    "no new privileges",
    "grep NoNewPrivs /proc/self/status",
    { main: { securityContext: { allowPrivilegeEscalation: false } } },
    "NoNewPrivs:\t1\n",
  ],
  ...(ALL_CAPABILITIES ? [PRIVILEGED] : []),
  [
    "a sysctl",
    "cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
    { securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "80" }] } },
    "80\n",
  ],
  [
    "cpu in its cgroup",
    CGROUP_CPU,
    { main: { resources: { requests: { cpu: "250m" }, limits: { cpu: "500m" } } } },
    /^50000\n(256|\d+)\n$/,
  ],
  ["memory in its cgroup", CGROUP_MEMORY, { main: { resources: { limits: { memory: "64Mi" } } } }, "67108864\n"],
  ["a terminal", "test -t 1 && echo terminal", { main: { tty: true } }, /^terminal\r?\n$/],
  ["the node's own network", "ip addr | grep -c LOOPBACK; hostname", { hostNetwork: true }, `1\n${hostname()}\n`],
  ["the node's processes", "cat /proc/1/comm", { hostPID: true }, readFileSync("/proc/1/comm", "utf8")],
  ["the node's resolver", "grep -c cluster.local /etc/resolv.conf || true", { dnsPolicy: "Default" }, "0\n"],
  [
    "the cluster's resolver",
    "cat /etc/resolv.conf",
    {},
    /^search environment\.svc\.cluster\.local svc\.cluster\.local cluster\.local.*\nnameserver [\d.]+\noptions ndots:5/,
  ],
];

describeOnCluster("what a container is given", "e2e-env", (cluster) => {
  let scene: Promise<Scene> | undefined;
  /** The namespace with everything that the rows refer to. */
  const stage = () => {
    scene ??= (async () => {
      const made = await Scene.create(cluster(), "environment");
      await made.create(ConfigMap, { metadata: { name: "map" }, data: { one: "1", two: "2", "bad.key": "3" } });
      await made.create(Secret, { metadata: { name: "secret" }, stringData: { user: "root" } });
      await made.create(Service, { metadata: { name: "front" }, spec: { ports: [{ port: 80 }] } });
      return made;
    })();
    return scene;
  };

  it.concurrent.each(ROWS.map((row, i) => [row[0], `row-${i}`, ...row.slice(1)] as [string, string, string, SceneSpec, string | RegExp]))(
    "%s",
    async (_, name, script, spec, prints) => {
      const printed = await (await stage()).script(name, script, spec, { labels: { app: "rows" }, annotations: { note: "hello" } });
      if (prints instanceof RegExp) expect(printed).toMatch(prints);
      else expect(printed).toBe(prints);
    },
  );

  it.concurrent("last words: from a file of its own, or from the log", async () => {
    const s = await stage();
    await Promise.all([
      s.pod("words-file", { main: { command: ["sh", "-c", "echo from file > /tmp/last; exit 1"], terminationMessagePath: "/tmp/last" } }),
      s.pod("words-log", {
        main: { command: ["sh", "-c", "echo one; echo two; exit 1"], terminationMessagePolicy: "FallbackToLogsOnError" },
      }),
      s.pod("words-none", { main: { command: ["sh", "-c", "echo one; exit 0"], terminationMessagePolicy: "FallbackToLogsOnError" } }),
    ]);
    const words = async (name: string) => (await s.ended(name)).status?.containerStatuses?.[0]?.state?.terminated;
    expect(await words("words-file")).toMatchObject({ exitCode: 1, reason: "Error", message: "from file\n" });
    expect(await words("words-log")).toMatchObject({ message: "one\ntwo\n" });
    expect(await words("words-none")).not.toHaveProperty("message");
  });

  it.concurrent("shows in its status what it got", async () => {
    const s = await stage();
    await s.ready("status", { main: { resources: { limits: { cpu: "100m", memory: "32Mi" } } } });
    const { status } = await s.get(Pod, "status");
    expect(status).toMatchObject({ phase: "Running", qosClass: "Guaranteed", hostIP: expect.any(String), podIPs: [{ ip: status?.podIP }] });
    expect(status?.containerStatuses).toMatchObject([{ name: "main", ready: true, started: true, restartCount: 0, image: BUSYBOX }]);
  });
});
