import { Namespace, Node, Pod } from "@wherry/api";
import type { Clock, Logger } from "@wherry/base";
import { type Client, type Informer, InformerFactory } from "@wherry/client";
import { createEventRecorder, whenCurrent } from "@wherry/engine";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { ClusterCache } from "./cluster/cluster-cache.ts";
import { PodsByLabel } from "./cluster/pods-by-label.ts";
import { Framework } from "./framework/framework.ts";
import type { ClusterEvent } from "./framework/plugin.ts";
import type { PluginContext } from "./framework/plugin-context.ts";
import { defaultPlugins, type PluginFactory } from "./plugins/index.ts";
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
  plugins?: PluginFactory;
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
  const cluster = new ClusterCache();
  const others = new OtherKinds(informers);
  const framework = new Framework((options.plugins ?? defaultPlugins)(pluginContext(options, cluster, others)));
  const random = options.random ?? Math.random;
  const parts = { client, clock, cluster, events, framework, pods: pods.lister, schedulerName, random };
  const scheduler = new Scheduler({ ...parts, log: log.child({ component: schedulerName }) });
  others.onEvent((event) => scheduler.changed(event));
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
  await Promise.all([nodes.whenSynced(), pods.whenSynced(), others.whenSynced()]);
  scheduler.start();
  return {
    async idle() {
      await Promise.all([whenCurrent(client, Node, nodes), whenCurrent(client, Pod, pods), others.whenCurrent(client)]);
      await scheduler.whenIdle();
      // What was bound is seen.
      await whenCurrent(client, Pod, pods);
      await scheduler.whenIdle();
      await events.flushed();
    },
  };
}

function pluginContext({ client, clock, log, signal }: RunSchedulerOptions, cluster: ClusterCache, others: OtherKinds): PluginContext {
  const pods = new PodsByLabel();
  cluster.observe(pods);
  const namespaces = others.watch(Namespace);
  return {
    ...{ client, clock, log, signal, cluster, pods },
    namespaceLabels: (name) => namespaces.lister.get(name)?.metadata.labels,
    lister: (kind) => others.informer(kind).lister,
    watch: (kind) => others.watch(kind).lister,
    onEvent: (handler) => others.onEvent(handler),
  };
}

/** The kinds beside nodes and pods that plugins look at. */
class OtherKinds {
  readonly #informers: InformerFactory;
  readonly #kinds = new Map<KindDefinition<ApiObject>, Informer<ApiObject>>();
  readonly #watched = new Set<unknown>();
  readonly #handlers: ((event: ClusterEvent) => void)[] = [];

  constructor(informers: InformerFactory) {
    this.#informers = informers;
  }

  informer<O extends ApiObject>(kind: KindDefinition<O>): Informer<O> {
    const informer = this.#informers.informer(kind);
    this.#kinds.set(kind as unknown as KindDefinition<ApiObject>, informer as unknown as Informer<ApiObject>);
    return informer;
  }

  /** As `informer`; its changes are events from now on. */
  watch<O extends ApiObject>(kind: KindDefinition<O>): Informer<O> {
    const informer = this.informer(kind);
    if (this.#watched.has(kind)) return informer;
    this.#watched.add(kind);
    const tell = ({ metadata: { name, namespace } }: O) => {
      const event: ClusterEvent = { type: "Changed", kind: kind.kind, name, ...(namespace && { namespace }) };
      for (const handler of this.#handlers) handler(event);
    };
    informer.on({ added: tell, updated: tell, deleted: tell });
    return informer;
  }

  /** Handlers are called in the order in which they came. */
  onEvent(handler: (event: ClusterEvent) => void): void {
    this.#handlers.push(handler);
  }

  async whenSynced(): Promise<void> {
    await Promise.all([...this.#kinds.values()].map((informer) => informer.whenSynced()));
  }

  async whenCurrent(client: Client): Promise<void> {
    await Promise.all([...this.#kinds].map(([kind, informer]) => whenCurrent(client, kind, informer)));
  }
}
