import { Node, Pod } from "@wherry/api";
import { silentLogger, systemClock } from "@wherry/base";
import { type Client, createInformer } from "@wherry/client";
import { runScheduler } from "@wherry/scheduler";
import { inTurns, report } from "./report.ts";
import { BareApi } from "./scene/bare-api.ts";

// The scheduler proper, in pods per second from their creation to their binding: its informers, queue, cache, plugins and binder over an API in memory that does nothing
// but list, watch and bind (packages/bench/scene/bare-api.ts). The floor is a loop over the same API that binds every pod it hears of to the next node,
// without a thought. `upstream` is the rate below which kube-scheduler's own benchmark of 5,000 nodes counts as broken: SchedulingBasic of
// test/integration/scheduler_perf, on other hardware, and with a real API server.

const SIZES = [100, 1_000, 5_000] as const;
const PODS = 5_000;
const ROUNDS = 2;
const UPSTREAM = 680;

const metadata = (name: string, labels: Record<string, string> = {}) => ({
  name,
  uid: name,
  labels,
  resourceVersion: "",
  creationTimestamp: "2026-01-01T00:00:00Z",
});

function node(i: number): Node {
  const labels = { "kubernetes.io/hostname": `node-${i}`, "topology.kubernetes.io/zone": `zone-${i % 3}` };
  const allocatable = { cpu: "32", memory: "128Gi", pods: "110" };
  return { apiVersion: "v1", kind: "Node", metadata: metadata(`node-${i}`, labels), spec: {}, status: { allocatable } };
}

/** What the API server makes of a pod that asks for a little cpu and memory. */
function plainPod(i: number): Pod {
  const resources = { requests: { cpu: "100m", memory: "500Mi" } };
  const spec = {
    schedulerName: "default-scheduler",
    priority: 0,
    tolerations: notReady,
    containers: [{ name: "app", image: "app:1", resources }],
  };
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata(`pod-${i}`, { app: "web" }), namespace: "default" }, spec };
}
const notReady = ["not-ready", "unreachable"].map((problem) => ({
  key: `node.kubernetes.io/${problem}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));

type Start = (client: Client, signal: AbortSignal) => Promise<unknown>;

const withWherry: Start = (client, signal) => runScheduler({ client, clock: systemClock, log: silentLogger, signal });

/** Binds each pod to the next node. */
const withoutThought: Start = async (client, signal) => {
  const options = { clock: systemClock, log: silentLogger, signal };
  const nodes = createInformer(client, Node, options);
  const pods = createInformer(client, Pod, options);
  await nodes.whenSynced();
  const names = nodes.lister.list().map((n) => n.metadata.name);
  let next = 0;
  pods.on({
    added(pod) {
      if (pod.spec.nodeName) return;
      const target = { apiVersion: "v1", kind: "Node", name: names[next++ % names.length] };
      void client.post(Pod, { name: pod.metadata.name, namespace: "default" }, "binding", { target });
    },
  });
  await pods.whenSynced();
};

/** Pods per second of so many, after `before` others are bound. */
async function rate(start: Start, nodes: number, { make = plainPod, pods = PODS, before = 0 } = {}): Promise<number> {
  const api = new BareApi();
  const stop = new AbortController();
  for (let i = 0; i < nodes; i++) api.put("nodes", node(i));
  await start(api.client, stop.signal);
  const bindAll = async (from: number, count: number): Promise<number> => {
    const all = Promise.withResolvers<void>();
    let left = count;
    api.onBound = () => --left === 0 && all.resolve();
    const begun = performance.now();
    for (let i = from; i < from + count; i++) api.put("pods", make(i));
    if (count > 0) await all.promise;
    return (count / (performance.now() - begun)) * 1000;
  };
  try {
    await bindAll(0, before);
    return await bindAll(before, pods);
  } finally {
    stop.abort();
  }
}

console.log("over an API in memory: informers, queue, cache, plugins and binder, no API server");
for (const nodes of SIZES) {
  const { value, floor } = await inTurns(ROUNDS, { value: () => rate(withWherry, nodes), floor: () => rate(withoutThought, nodes) });
  const figure = { name: `scheduler.nodes-${nodes}`, value, unit: " pods/s" };
  report({ ...figure, peer: { name: "binding without a thought", value: floor } });
  if (nodes === 5_000) report({ ...figure, peer: { name: "kube-scheduler's own gate", value: UPSTREAM }, goal: { atLeast: 3 } });
}
// What a pod costs when 10 times as many are there already.
const many = { nodes: 1_000, before: 25_000, pods: 2_500 };
const { value, fresh } = await inTurns(ROUNDS, {
  value: () => rate(withWherry, many.nodes, many),
  fresh: () => rate(withWherry, many.nodes, { pods: many.pods }),
});
report({
  name: `scheduler.nodes-${many.nodes}.bound-${many.before}`,
  value,
  unit: " pods/s",
  peer: { name: "the first pods", value: fresh },
});
