import { Node, Pod } from "@wherry/api";
import type { Clock, Logger } from "@wherry/base";
import { type Client, InformerFactory } from "@wherry/client";
import { createEventRecorder, whenCurrent } from "@wherry/engine";
import { Framework } from "./framework/framework.ts";
import type { Plugin } from "./framework/plugin.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { Scheduler } from "./scheduler.ts";

export interface RunSchedulerOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Stops it. */
  signal: AbortSignal;
  /** Informers to share with others; its own when absent. */
  informers?: InformerFactory;
  /** Only pods that name it are placed: `default-scheduler` when absent. */
  schedulerName?: string;
  /** In the order in which they are asked; `defaultPlugins` when absent. */
  plugins?: readonly Plugin[];
  random?: () => number;
}

export interface RunningScheduler {
  /** Resolves when all pods that the server holds are bound, or wait for a change or a back-off, and all that was decided is written. */
  idle(): Promise<void>;
}

/** Starts a scheduler. Resolves when it knows the cluster and has begun to place pods. */
export async function runScheduler(options: RunSchedulerOptions): Promise<RunningScheduler> {
  const { client, clock, log, signal, schedulerName = "default-scheduler" } = options;
  const informers = options.informers ?? new InformerFactory({ client, clock, log, signal });
  const nodes = informers.informer(Node);
  const pods = informers.informer(Pod);
  const events = createEventRecorder({ client, clock, component: schedulerName, log, signal });
  const framework = new Framework(options.plugins ?? defaultPlugins(client));
  const random = options.random ?? Math.random;
  const parts = { client, clock, events, framework, pods: pods.lister, schedulerName, random };
  const scheduler = new Scheduler({ ...parts, log: log.child({ component: schedulerName }) });
  nodes.on({
    added: (node) => scheduler.nodeChanged(node, undefined),
    updated: (node, previous) => scheduler.nodeChanged(node, previous),
    deleted: (node) => scheduler.nodeGone(node),
  });
  pods.on({
    added: (pod) => scheduler.podChanged(pod, undefined),
    updated: (pod, previous) => scheduler.podChanged(pod, previous),
    deleted: (pod) => scheduler.podGone(pod),
  });
  signal.addEventListener("abort", () => scheduler.stop(), { once: true });
  await Promise.all([nodes.whenSynced(), pods.whenSynced()]);
  scheduler.start();
  return {
    async idle() {
      await Promise.all([whenCurrent(client, Node, nodes), whenCurrent(client, Pod, pods)]);
      await scheduler.whenIdle();
      // What was bound is seen.
      await whenCurrent(client, Pod, pods);
      await events.flushed();
    },
  };
}
