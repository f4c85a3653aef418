import { registry as builtin } from "@wherry/api";
import { type ApiServer, type ApiServerOptions, createApiServer } from "@wherry/apiserver";
import { type Clock, FakeClock, type Logger, silentLogger } from "@wherry/base";
import { type Client, createClient, InformerFactory } from "@wherry/client";
import type { Controller, RunningControllers } from "@wherry/engine";
import type { Registry } from "@wherry/machinery";
import { newKey } from "@wherry/pki/issue.ts";
import type { RunningScheduler } from "@wherry/scheduler";
import type { Store } from "@wherry/store";
import { openSqliteStore } from "@wherry/store-sqlite";

export interface ControlPlaneOptions {
  /** A FakeClock that stands still when absent. */
  clock?: Clock;
  log?: Logger;
  /** Controllers to run in the same process; none when absent. */
  controllers?: readonly Controller[];
  /** Whether to run the scheduler. */
  scheduler?: boolean;
  /** The kinds to serve; the built-in ones when absent. */
  registry?: Registry;
  /** More options of the server: TLS, ranges, agents. */
  server?: Partial<ApiServerOptions>;
}

/** A real API server over SQLite in memory, with what was asked for beside it. */
export interface ControlPlane {
  /** Acts as an administrator. */
  client: Client;
  server: ApiServer;
  store: Store;
  registry: Registry;
  clock: Clock;
  /** Shared by the controllers and the scheduler, and for tests to look through. */
  informers: InformerFactory;
  /** Resolves when neither the controllers nor the scheduler have anything left to do at the present time. */
  idle(): Promise<void>;
  /** Stops everything. Idempotent. */
  close(): Promise<void>;
}

/** Starts a control plane in this process. Close it at the end of the test. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { clock = new FakeClock(), log = silentLogger, registry = builtin } = options;
  const store = await openSqliteStore({ path: ":memory:" });
  const serviceAccounts = { privateKey: newKey() };
  const fixed = { store, registry, clock, log, serviceAccounts, serviceCIDR: "10.96.0.0/16", version: "0.0.0" };
  const server = await createApiServer({ ...fixed, ...options.server });
  const client = createClient(server.transport({ name: "admin", groups: ["system:masters"] }));
  const stop = new AbortController();
  const informers = new InformerFactory({ client, clock, log, signal: stop.signal });
  const parts = { client, clock, log, signal: stop.signal, informers };
  const running = await startParts(options, parts);
  return {
    ...{ client, server, store, registry, clock, informers },
    idle: () => allIdle(running),
    async close() {
      stop.abort(new Error("the test is over"));
      client.close();
      await server.close();
      await store.close();
    },
  };
}

type Parts = { client: Client; clock: Clock; log: Logger; signal: AbortSignal; informers: InformerFactory };

async function startParts(
  { controllers, scheduler }: ControlPlaneOptions,
  parts: Parts,
): Promise<(RunningControllers | RunningScheduler)[]> {
  const running: (RunningControllers | RunningScheduler)[] = [];
  // Loaded only where it is wanted: most tests want neither.
  if (controllers?.length) {
    const { runControllers } = await import("@wherry/engine");
    running.push(await runControllers({ ...parts, controllers, component: "controller-manager" }));
  }
  if (scheduler) {
    const { runScheduler } = await import("@wherry/scheduler");
    running.push(await runScheduler(parts));
  }
  return running;
}

/** Each may wake the others: all are idle when a whole round wrote nothing. */
async function allIdle(running: readonly { idle(): Promise<void> }[]): Promise<void> {
  for (let round = 0; round <= running.length; round++) for (const part of running) await part.idle();
}
