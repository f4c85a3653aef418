import { LeanClient, requestBytes } from "./peers/lean-client.ts";
import { inTurns, report } from "./report.ts";
import { percentile } from "./samples.ts";
import { memory } from "./scene/process-usage.ts";
import { type Server, startControlPlane, startLeanFastify, startRawServer } from "./scene/servers.ts";

// What the API server does with much: 10,000 pods to list, 1,000 watchers while 500 objects change every second, and what an object costs in memory. The floors are node:https
// and fastify, each in a process of its own, that answer as many bytes. Nobody schedules these pods.

const PODS = 10_000;
const WATCHERS = 1_000;
const WRITES_PER_SECOND = 500;
const WINDOW_MS = 10_000;
const CONNECTIONS = 16;
const ROUNDS = 3;
/** What a call may take while all this goes on. */
const LIMIT_MS = 20;

const NAMESPACE = "/api/v1/namespaces/default";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

const pod = (i: number) => {
  const container = { name: "app", image: "example.com/app:1", env: [{ name: "PORT", value: "8080" }], ports: [{ containerPort: 8080 }] };
  const labels = { app: "web", shard: String(i % 100) };
  const spec = { schedulerName: "nobody", containers: [container] };
  return JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: `pod-${i}`, labels }, spec });
};

const configMap = (name: string, text: string) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { owner: name } }, data: { text } });

async function connections<T>(to: Server, count: number, work: (clients: LeanClient[]) => Promise<T>): Promise<T> {
  const clients: LeanClient[] = [];
  // Not all handshakes at once: they are not what is measured.
  while (clients.length < count) clients.push(...(await Promise.all(Array.from({ length: 20 }, () => LeanClient.open(to.connection)))));
  try {
    return await work(clients.slice(0, count));
  } finally {
    for (const client of clients) client.close();
  }
}

async function ask(client: LeanClient, request: Buffer): Promise<Buffer> {
  const { status, body } = await client.send(request);
  if (status >= 300) throw new Error(`status ${status}: ${body.toString()}`);
  return body;
}

/** Sends requests 0 to `count`, one at a time on each connection. Gives how many per second. */
async function many(to: Server, count: number, request: (i: number) => Buffer): Promise<number> {
  return connections(to, CONNECTIONS, async (clients) => {
    let next = 0;
    const begun = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (next < count) await ask(client, request(next++));
      }),
    );
    return (count / (performance.now() - begun)) * 1000;
  });
}

/** Milliseconds of one list, to its last byte. */
function listMs(to: Server, path: string, accept: string): Promise<number> {
  return connections(to, 1, async ([client]) => {
    const begun = performance.now();
    await client!.whole(requestBytes("GET", path, { accept }));
    return performance.now() - begun;
  });
}

async function lists(server: Server, size: number): Promise<void> {
  const pki = `${(server as { dataDir?: string }).dataDir}/pki`;
  const [raw, lean] = await Promise.all([startRawServer(pki, size), startLeanFastify(pki, size)]);
  try {
    for (const [form, accept] of [
      ["json", "application/json"],
      ["table", TABLE],
    ] as const) {
      const { value, https, fastify } = await inTurns(ROUNDS, {
        value: () => listMs(server, `${NAMESPACE}/pods`, accept),
        https: () => listMs(raw, "/list", accept),
        fastify: () => listMs(lean, "/list", accept),
      });
      const figure = { name: `api-scale.list.pods-${PODS}.${form}`, value, unit: " ms" };
      const megabytes = `${Math.round(size / 1e6)} MB`;
      report({ ...figure, peer: { name: `raw node:https, ${megabytes}`, value: https } });
      report({ ...figure, peer: { name: `lean fastify, ${megabytes}`, value: fastify } });
    }
  } finally {
    await Promise.all([raw.stop(), lean.stop()]);
  }
}

/** Server-side applies per second, each of which changes its object, beside replacing the same objects. */
async function applies(server: Server): Promise<void> {
  const COUNT = 2_000;
  const path = (i: number) => `${NAMESPACE}/configmaps/apply-${i % 100}`;
  const contentType = "application/apply-patch+yaml";
  const apply = (i: number) =>
    requestBytes("PATCH", `${path(i)}?fieldManager=bench&force=true`, {
      body: configMap(`apply-${i % 100}`, `${performance.now()}-${i}`),
      contentType,
    });
  const update = (i: number) => requestBytes("PUT", path(i), { body: configMap(`apply-${i % 100}`, `${performance.now()}-${i}`) });
  await many(server, 100, apply);
  const { value, peer } = await inTurns(ROUNDS, { value: () => many(server, COUNT, apply), peer: () => many(server, COUNT, update) });
  report({
    name: `api-scale.apply.connections-${CONNECTIONS}`,
    value,
    unit: "/s",
    peer: { name: "updates of the same objects", value: peer },
  });
}

/** How long reading one object takes while others write as fast as is asked, and every watcher watches objects of its own. */
async function underLoad(server: Server): Promise<void> {
  const watched = (i: number) => `${NAMESPACE}/configmaps?watch=1&labelSelector=owner%3Dload-${i}`;
  await many(server, WATCHERS, (i) => requestBytes("POST", `${NAMESPACE}/configmaps`, { body: configMap(`load-${i}`, "") }));
  await connections(server, WATCHERS, async (watchers) => {
    let events = 0;
    watchers.forEach((watcher, i) => void watcher.stream(requestBytes("GET", watched(i)), () => events++));
    await connections(server, CONNECTIONS + 1, async ([reader, ...writers]) => {
      const quiet = await latencies(reader!, WINDOW_MS / 4, async () => {});
      const written = { count: 0 };
      const busy = await latencies(reader!, WINDOW_MS, (begun) => writeSteadily(writers, begun, written));
      if (events < written.count) throw new Error(`${written.count} writes, but ${events} events`);
      const rate = Math.round((written.count / WINDOW_MS) * 1000);
      for (const share of [0.5, 0.99]) {
        const peer = { name: "without writes", value: percentile(quiet, share) };
        const name = `api-scale.get.watchers-${WATCHERS}.writes-${rate}.p${share * 100}`;
        report({ name, value: percentile(busy, share), unit: " ms", peer, ...(share === 0.99 && { limit: LIMIT_MS }) });
      }
    });
  });
}

/** What calls took, one after the other, for so long, while `work` goes on. */
async function latencies(reader: LeanClient, windowMs: number, work: (begun: number) => Promise<void>): Promise<number[]> {
  const found: number[] = [];
  const begun = performance.now();
  const working = work(begun);
  while (performance.now() - begun < windowMs) {
    const start = performance.now();
    await ask(reader, requestBytes("GET", `${NAMESPACE}/configmaps/load-0`));
    found.push(performance.now() - start);
  }
  await working;
  return found;
}

/** Writes at the rate that is wanted, or as fast as it goes. */
async function writeSteadily(writers: readonly LeanClient[], begun: number, written: { count: number }): Promise<void> {
  const due = () => Math.floor(((performance.now() - begun) / 1000) * WRITES_PER_SECOND);
  const write = async (writer: LeanClient) => {
    while (performance.now() - begun < WINDOW_MS) {
      if (written.count >= due()) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      const i = written.count++ % WATCHERS;
      await ask(
        writer,
        requestBytes("PUT", `${NAMESPACE}/configmaps/load-${i}`, { body: configMap(`load-${i}`, String(performance.now())) }),
      );
    }
  };
  await Promise.all(writers.map(write));
}

const server = await startControlPlane();
try {
  const before = memory(server.pid).rss;
  const [name, path] = ["api-scale.create.pods", `${NAMESPACE}/pods`];
  const perSecond = await many(server, PODS, (i) => requestBytes("POST", path, { body: pod(i) }));
  const size = await connections(server, 1, async ([client]) => (await client!.whole(requestBytes("GET", path))).length);
  report({ name, value: perSecond, unit: "/s", peer: { name: "pods in all", value: PODS } });
  const each = ((memory(server.pid).rss - before) * 1e6) / PODS;
  report({ name: "api-scale.memory.pod", value: each, unit: " bytes", peer: { name: "its JSON", value: size / PODS } });
  await lists(server, size);
  await applies(server);
  await underLoad(server);
} finally {
  await server.stop();
}
