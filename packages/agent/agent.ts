import { ConfigMap, EndpointSlice, Node, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service } from "@wherry/api";
import { Backoff, isAbort, limiter } from "@wherry/base";
import { createInformer, type Informer } from "@wherry/client";
import { createEventRecorder, type EventRecorder } from "@wherry/engine";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import type { RuntimeInfo } from "@wherry/runtime";
import type { AgentOptions } from "./agent-options.ts";
import { prepareDataDirectory } from "./data-directory.ts";
import { hostResolver } from "./files/host-resolver.ts";
import { volumesDirectory } from "./files/pod-paths.ts";
import { ImageStore } from "./images/image-store.ts";
import { NetworkKeeper } from "./network-keeper.ts";
import { readHostFacts } from "./node/host-facts.ts";
import { keepLease } from "./node/lease-keeper.ts";
import { machineIdentity } from "./node/machine-identity.ts";
import { NodeKeeper } from "./node/node-keeper.ts";
import { ObjectWatcher } from "./objects/object-watcher.ts";
import type { PodContext } from "./pods/context.ts";
import { EngineGate } from "./pods/engine-gate.ts";
import { Inventory } from "./pods/inventory.ts";
import { PodManager } from "./pods/pod-manager.ts";
import { createProber } from "./probes/prober.ts";
import { RuntimeWatch } from "./runtime-watch.ts";
import { SandboxPool } from "./sandbox-pool/sandbox-pool.ts";
import { AgentServer } from "./server/agent-server.ts";
import { ContainerFinder } from "./server/container-finder.ts";
import { keepPeerRoutes } from "./services/peers.ts";
import { ServiceProxy } from "./services/service-proxy.ts";
import { TokenKeeper } from "./tokens/token-keeper.ts";
import { DirectoryKeeper } from "./volumes/local-path/directory-keeper.ts";
import { ExclusiveClaims } from "./volumes/persistent-volume-claim/exclusive-claims.ts";
import { systemMounter } from "./volumes/system-mounter.ts";

/** The Kubernetes version that is spoken. */
const VERSION = "v1.30.0+wherry";
/** What the engine is best at doing at once: see the measurements in docs/architecture.md. */
const ENGINE_CALLS = 8;
const BACKGROUND_CALLS = 2;
const WARM_SANDBOXES = 4;
/** Each takes some 4 MiB of memory. */
const MOST_WARM_SANDBOXES = 64;
const RETRY = { initial: 250, max: 5_000, jitter: 0.2 };

interface Informers {
  pods: Informer<Pod>;
  nodes: Informer<Node>;
  /** Those that were made on this node. */
  volumes: Informer<PersistentVolume>;
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
}

/** Puts the parts of a node together, and starts and stops them in order. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #events: EventRecorder;
  readonly #stoppers: (() => void | Promise<void>)[] = [];

  constructor(options: AgentOptions) {
    this.#options = options;
    const { client, clock, log, signal, nodeName } = options;
    this.#events = createEventRecorder({ client, clock, component: "kubelet", host: nodeName, log, signal });
  }

  /** Resolves when the node is Ready. Whatever is not there yet (engine, API, pod range) is waited for. */
  async start(): Promise<void> {
    const { dataDir, mounter = systemMounter, log, port, host = "0.0.0.0" } = this.#options;
    await prepareDataDirectory(dataDir, mounter, log);
    const informers = this.#informers();
    const info = await this.#untilDone("the container engine", () => this.#options.runtime.info());
    let pods: PodManager | undefined;
    const inventory = new Inventory(this.#options.runtime, (uid) => pods?.changed(uid));
    const server = this.#server(inventory, informers.pods);
    const listening = await server.listen(host, port);
    this.#stoppers.push(() => server.close());
    const node = await this.#register(info, listening);
    this.#follow(informers.nodes, node);
    const podCIDR = await this.#podCIDR(node, informers.nodes);
    const network = this.#network(podCIDR);
    await this.#untilDone("the node's network", () => network.start());
    const directories = this.#directories(informers.volumes, (claim) => pods?.usesClaim(claim) ?? true);
    const context = await this.#context(info, inventory, informers, node, directories);
    pods = new PodManager(context, () => node.node);
    await this.#startPods(context, pods, node, informers, network);
    await this.#untilDone("the API server", () => node.setProblem(undefined));
    log.info("the node is ready", { node: this.#options.nodeName, podCIDR });
  }

  /** Stops all parts, the last one first. */
  async stop(): Promise<void> {
    for (const stop of this.#stoppers.splice(0).reverse()) await stop();
  }

  #informers(): Informers {
    const { nodeName } = this.#options;
    return {
      pods: this.#informer(Pod, { fieldSelector: `spec.nodeName=${nodeName}` }),
      volumes: this.#informer(PersistentVolume, { labelSelector: `kubernetes.io/hostname=${nodeName}` }),
      nodes: this.#informer(Node),
      services: this.#informer(Service),
      slices: this.#informer(EndpointSlice),
    };
  }

  #informer<O extends ApiObject>(kind: KindDefinition<O>, query: { fieldSelector?: string; labelSelector?: string } = {}): Informer<O> {
    const { client, clock, log, signal } = this.#options;
    return createInformer(client, kind, { clock, log, signal, query });
  }

  #directories(volumes: Informer<PersistentVolume>, usesClaim: (key: string) => boolean): DirectoryKeeper {
    const { client, clock, log, dataDir, mounter = systemMounter } = this.#options;
    const isUsed = ({ spec: { claimRef } }: PersistentVolume) => usesClaim(`${claimRef?.namespace}/${claimRef?.name}`);
    const keeper = new DirectoryKeeper({ client, clock, log, events: this.#events, mounter, dataDir, volumes, isUsed });
    this.#stoppers.push(() => keeper.stop());
    return keeper;
  }

  #server(inventory: Inventory, pods: Informer<Pod>): AgentServer {
    const { tls, streams, network, clock, log } = this.#options;
    const finder = new ContainerFinder(inventory, (name, namespace) => pods.lister.get(name, namespace));
    return new AgentServer({ tls, finder, streams, network, clock, log });
  }

  async #register(info: RuntimeInfo, port: number): Promise<NodeKeeper> {
    const { client, clock, log, signal, runtime, nodeName, nodeIP, dataDir, version = VERSION } = this.#options;
    const [identity, { diskBytes }] = await Promise.all([machineIdentity(), readHostFacts(info.rootDirectory)]);
    const facts = { nodeName, nodeIP, port, version, info, identity, diskBytes, volumesDirectory: volumesDirectory(dataDir) };
    const node = new NodeKeeper({ client, clock, log, events: this.#events, runtime, facts });
    this.#stoppers.push(() => node.stop());
    await this.#untilDone("the API server", () => node.register());
    void keepLease({ client, clock, log, signal, node: () => node.node });
    return node;
  }

  #follow(nodes: Informer<Node>, keeper: NodeKeeper): void {
    const learn = (node: Node) => {
      if (node.metadata.name === this.#options.nodeName) keeper.learn(node);
    };
    nodes.on({ added: learn, updated: learn });
  }

  /** The range is given by the cluster, once the node is known. */
  #podCIDR(keeper: NodeKeeper, nodes: Informer<Node>): Promise<string> {
    const { signal, nodeName } = this.#options;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const look = (node: Node) => {
        const range = node.metadata.name === nodeName && node.spec?.podCIDR;
        if (range) resolve(range);
      };
      look(keeper.node);
      nodes.on({ added: look, updated: look });
    });
  }

  #network(podCIDR: string): NetworkKeeper {
    const { network, clock, log, signal } = this.#options;
    const { cluster = "wherry", clusterCIDR, serviceCIDR, clusterDNS: dnsIP, nodeIP } = this.#options;
    const config = { cluster, podCIDR, clusterCIDR, serviceCIDR, dnsIP, nodeIP };
    return new NetworkKeeper({ network, config, clock, log, signal });
  }

  async #context(
    info: RuntimeInfo,
    inventory: Inventory,
    informers: Informers,
    node: NodeKeeper,
    directories: DirectoryKeeper,
  ): Promise<PodContext> {
    const {
      client,
      clock,
      log,
      signal,
      runtime,
      streams,
      network,
      mounter = systemMounter,
      warmSandboxes: size = WARM_SANDBOXES,
    } = this.#options;
    const { nodeName, nodeIP, dataDir, clusterDNS, clusterDomain } = this.#options;
    const events = this.#events;
    const engine = new EngineGate(ENGINE_CALLS);
    const watcher = { client, clock, log, signal };
    return {
      ...{ client, clock, log, events, runtime, streams, network, mounter, inventory },
      ...{ nodeName, nodeIP, dataDir, clusterDNS, clusterDomain },
      pool: new SandboxPool({
        ...{ runtime, network, engine, clock, log, size, mostSize: Math.max(size, MOST_WARM_SANDBOXES) },
        onMade: (sandbox) => inventory.noteSandbox(sandbox),
        onRemoved: (id) => inventory.noteGone(id),
      }),
      images: new ImageStore({ runtime, client, clock, log, events, nodeName }),
      prober: createProber(streams, clock),
      configMaps: new ObjectWatcher({ ...watcher, kind: ConfigMap }),
      secrets: new ObjectWatcher({ ...watcher, kind: Secret }),
      claims: new ObjectWatcher({ ...watcher, kind: PersistentVolumeClaim }),
      volumes: new ObjectWatcher({ ...watcher, kind: PersistentVolume }),
      directories,
      tokens: new TokenKeeper({ client, clock, log }),
      exclusiveClaims: new ExclusiveClaims(),
      services: informers.services.lister,
      resolver: await hostResolver(),
      node: () => node.node,
      allocatable: () => node.node.status?.allocatable ?? {},
      memoryBytes: info.memoryBytes,
      engine,
      background: limiter(BACKGROUND_CALLS),
    };
  }

  async #startPods(context: PodContext, pods: PodManager, node: NodeKeeper, informers: Informers, net: NetworkKeeper): Promise<void> {
    const { runtime, clock, log, signal, network, nodeName } = this.#options;
    const { inventory, pool } = context;
    const watch = new RuntimeWatch({
      ...{ runtime, inventory, pool, clock, log, signal },
      onResync: () => pods.wakeAll(),
      onReturn: () => net.check(),
      onHealth: (problem) =>
        void node.setProblem(problem).catch((error: Error) => log.debug("the node's health cannot be told", { error })),
    });
    const proxy = new ServiceProxy({
      network,
      services: informers.services,
      slices: informers.slices,
      pods: informers.pods,
      nodeName,
      clock,
      log,
    });
    this.#stoppers.push(
      () => pool.stop(),
      () => proxy.stop(),
      () => pods.stop(),
    );
    await this.#untilDone("the container engine", () => watch.start());
    await Promise.all([
      this.#untilDone("warm sandboxes", () => pool.adopt(inventory.warmSandboxes())),
      keepPeerRoutes({ network, nodes: informers.nodes, nodeName, clock, log, signal }),
      proxy.start(),
    ]);
    await pods.start(informers.pods);
    context.directories.start();
  }

  /** Tries until it works or the agent is stopped. */
  async #untilDone<T>(what: string, task: () => Promise<T>): Promise<T> {
    const { clock, log, signal } = this.#options;
    const backoff = new Backoff(RETRY);
    for (;;) {
      signal.throwIfAborted();
      try {
        return await task();
      } catch (error) {
        if (signal.aborted || isAbort(error, signal)) throw signal.reason;
        log.warn(`waiting for ${what}`, { error });
        await clock.sleep(backoff.next(), signal);
      }
    }
  }
}
