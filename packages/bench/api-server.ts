import type { ConnectionOptions } from "node:tls";
import { LeanClient, requestBytes } from "./peers/lean-client.ts";
import { rawCommits } from "./peers/raw-sqlite.ts";
import { inTurns, report } from "./report.ts";
import { startControlPlane, startLeanFastify, startRawServer } from "./scene/servers.ts";

// The API server as clients on the network see it, in a process of its own: mutual TLS, every write on disk before it is answered. The floors: node:https with
// the same certificates and as many connections that does nothing, fastify likewise, and better-sqlite3 alone. Everything is a ConfigMap of two kilobytes.

const CONNECTIONS = 32;
const WATCHERS = 1000;
const EVENTS = 50;
const WINDOW_MS = 2000;
const ROUNDS = 3;
const PATH = "/api/v1/namespaces/default/configmaps";

let unique = 0;
const configMap = (name: string) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text: "x".repeat(2000) } });
const create = () => requestBytes("POST", PATH, { body: configMap(`bench-${unique++}`) });

/** Runs `work` with so many open connections. */
async function withConnections<T>(count: number, to: ConnectionOptions, work: (clients: LeanClient[]) => Promise<T>): Promise<T> {
  const clients: LeanClient[] = [];
  // Not all handshakes at once: they are not what is measured.
  while (clients.length < count)
    clients.push(...(await Promise.all(Array.from({ length: Math.min(20, count - clients.length) }, () => LeanClient.open(to)))));
  try {
    return await work(clients);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Calls per second, one at a time on each connection. */
function rate(to: ConnectionOptions, connections: number, next: () => Buffer, status: number): Promise<number> {
  return withConnections(connections, to, async (clients) => {
    const begun = performance.now();
    let done = 0;
    const ask = async (client: LeanClient) => {
      while (performance.now() - begun < WINDOW_MS) {
        const answer = await client.send(next());
        if (answer.status !== status) throw new Error(`status ${answer.status} instead of ${status}: ${answer.body.toString()}`);
        done++;
      }
    };
    await Promise.all(clients.map(ask));
    return (done / (performance.now() - begun)) * 1000;
  });
}

/** Deliveries per second to all watchers together, from the first write until the last watcher has the last event. */
function fanOut(to: ConnectionOptions, watchPath: string, writePath: string, status: number): Promise<number> {
  return withConnections(WATCHERS, to, (watchers) =>
    withConnections(CONNECTIONS, to, async (writers) => {
      let left = WATCHERS * EVENTS;
      const all = Promise.withResolvers<void>();
      const count = (events: number) => {
        left -= events;
        if (left <= 0) all.resolve();
      };
      await Promise.all(watchers.map((watcher) => startWatch(watcher, watchPath, count)));
      let toWrite = EVENTS;
      const write = async (writer: LeanClient) => {
        while (toWrite-- > 0) {
          const answer = await writer.send(requestBytes("POST", writePath, { body: `${configMap(`bench-${unique++}`)}\n` }));
          if (answer.status !== status) throw new Error(`status ${answer.status}: ${answer.body.toString()}`);
        }
      };
      const begun = performance.now();
      await Promise.all([...writers.map(write), all.promise]);
      return ((WATCHERS * EVENTS) / (performance.now() - begun)) * 1000;
    }),
  );
}

/** Resolves when the answer has begun; calls back with the number of events in each piece after that. */
function startWatch(watcher: LeanClient, path: string, count: (events: number) => void): Promise<void> {
  return new Promise((resolve) => {
    let last = 0;
    let begun = false;
    watcher.stream(requestBytes("GET", path), (chunk) => {
      let events = 0;
      // An object's last brace, and the end of its line; the two may come apart.
      if (last === 0x7d && chunk[0] === 0x0a) events++;
      for (let at = chunk.indexOf("}\n"); at >= 0; at = chunk.indexOf("}\n", at + 2)) events++;
      last = chunk[chunk.length - 1] ?? 0;
      if (!begun) {
        begun = true;
        resolve();
      } else count(events);
    });
  });
}

const server = await startControlPlane();
const size = configMap("bench-000000").length + 250;
const raw = await startRawServer(`${server.dataDir}/pki`, size);
const lean = await startLeanFastify(`${server.dataDir}/pki`, size);
try {
  const one = requestBytes("GET", `${PATH}/one`);
  await withConnections(1, server.connection, ([client]) => client!.send(requestBytes("POST", PATH, { body: configMap("one") })));
  const gets = await inTurns(ROUNDS, {
    value: () => rate(server.connection, CONNECTIONS, () => one, 200),
    https: () => rate(raw.connection, CONNECTIONS, () => one, 200),
    fastify: () => rate(lean.connection, CONNECTIONS, () => one, 200),
  });
  const read = { name: `api-server.get.connections-${CONNECTIONS}`, value: gets.value, unit: "/s" };
  report({ ...read, peer: { name: "raw node:https", value: gets.https } });
  report({ ...read, peer: { name: "lean fastify", value: gets.fastify } });
  const value = Buffer.from(configMap("bench-000000"));
  for (const connections of [1, CONNECTIONS]) {
    const creates = await inTurns(ROUNDS, {
      value: () => rate(server.connection, connections, create, 201),
      https: () => rate(raw.connection, connections, create, 200),
      fastify: () => rate(lean.connection, connections, create, 200),
      sqlite: () => rawCommits(server.dataDir, connections, value, WINDOW_MS / 4),
    });
    const figure = { name: `api-server.create.connections-${connections}`, value: creates.value, unit: "/s" };
    report({ ...figure, peer: { name: "raw node:https", value: creates.https } });
    report({ ...figure, peer: { name: "lean fastify", value: creates.fastify } });
    report({ ...figure, peer: { name: `raw better-sqlite3 in commits of ${connections}`, value: creates.sqlite } });
  }
  const deliveries = await inTurns(ROUNDS, {
    value: () =>
      fanOut(server.connection, `${PATH}?watch=1&resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`, PATH, 201),
    floor: () => fanOut(raw.connection, "/watch", "/", 200),
  });
  const peer = { name: "raw node:https, one write each", value: deliveries.floor };
  report({ name: `api-server.watch.watchers-${WATCHERS}`, value: deliveries.value, unit: "/s", peer });
} finally {
  await lean.stop();
  await raw.stop();
  await server.stop();
}
