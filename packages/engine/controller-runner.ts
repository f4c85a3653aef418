import { type Clock, hasReason, type Logger } from "@wherry/base";
import { type Client, type Informer, type InformerFactory, isAtLeast, type Lister } from "@wherry/client";
import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";
import { catchingUpClient } from "./catching-up-client.ts";
import { type Controller, type ControllerContext, type EventRecorder, TerminalError, type Watch } from "./controller.ts";
import { whenDeleted } from "./when-current.ts";
import { WorkQueue } from "./work-queue.ts";

/** What one controller has done since it started. */
export interface ControllerMetrics {
  readonly reconciles: number;
  /** Reconciles that threw and are tried again. */
  readonly failures: number;
  /** Reconciles that threw a TerminalError. */
  readonly terminal: number;
  readonly conflicts: number;
  /** Keys that wait now. */
  readonly queued: number;
  /** Milliseconds in reconciles, all workers together. */
  readonly busyMs: number;
}

export interface RunnerParts {
  client: Client;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  informers: InformerFactory;
  events: EventRecorder;
}

const WORKERS = 4;
/** A lost race is tried again at once this often; then the cache lags behind for longer, and waiting is kinder. */
const QUICK_CONFLICTS = 5;

/** A kind that the controller watches. */
interface Watched {
  kind: KindDefinition;
  informer: Informer<ApiObject>;
  lister: Lister<ApiObject>;
  /** The newest revision that the controller itself wrote. */
  written?: string;
  /** What it deleted for good. */
  deleted: ApiObject[];
  /** The informer's names of the controller's indexes. */
  indexes: Map<string, string>;
}

/** Runs one controller: its watches feed a queue, and its workers empty it. */
export class ControllerRunner {
  readonly #controller: Controller;
  readonly #parts: RunnerParts;
  readonly #log: Logger;
  readonly #queue: WorkQueue;
  readonly #context: ControllerContext;
  readonly #watched = new Map<string, Watched>();
  readonly #conflicts = new Map<string, number>();
  readonly #counts = { reconciles: 0, failures: 0, terminal: 0, conflicts: 0, busyMs: 0 };

  #activity = 0;

  constructor(controller: Controller, parts: RunnerParts) {
    this.#controller = controller;
    this.#parts = parts;
    this.#log = parts.log.child({ controller: controller.name });
    this.#queue = new WorkQueue({ clock: parts.clock });
    this.#context = this.#makeContext();
    for (const watch of controller.watches) this.#watch(watch);
    for (const watch of controller.watches) this.#feed(watch);
    parts.signal.addEventListener("abort", () => this.#queue.shutdown(), { once: true });
  }

  get name(): string {
    return this.#controller.name;
  }

  get metrics(): ControllerMetrics {
    return { ...this.#counts, queued: this.#queue.length };
  }

  /** Grows whenever a reconcile begins or ends. */
  get activity(): number {
    return this.#activity;
  }

  /** The kinds that it watches now. */
  get kinds(): readonly KindDefinition[] {
    return [...this.#watched.values()].map(({ kind }) => kind);
  }

  /** Resolves when all its caches are filled. */
  async synced(): Promise<void> {
    await Promise.all([...this.#watched.values()].map(({ informer }) => informer.whenSynced()));
  }

  start(): void {
    for (const key of this.#controller.startWith ?? []) this.#queue.add(key);
    for (let i = 0; i < (this.#controller.workers ?? WORKERS); i++) void this.#work();
  }

  queueIdle(): Promise<void> {
    return this.#queue.whenIdle();
  }

  #watch({ kind, indexes = {} }: Watch): void {
    const watched = this.#watched.get(kindKey(kind)) ?? newWatched(kind, this.#parts.informers.informer(kind));
    for (const [name, fn] of Object.entries(indexes)) {
      watched.indexes.set(name, sharedName(name, fn));
      watched.informer.addIndex(sharedName(name, fn), fn);
    }
    this.#watched.set(kindKey(kind), watched);
  }

  #feed({ kind, wakes }: Watch): void {
    if (!wakes) return;
    const wake = (object: ApiObject, change: { previous?: ApiObject; gone: boolean }) => {
      for (const key of wakes(object, change, this.#context)) this.#queue.add(key);
    };
    this.#find(kind).informer.on({
      added: (object) => wake(object, { gone: false }),
      updated: (object, previous) => wake(object, { previous, gone: false }),
      deleted: (object) => wake(object, { gone: true }),
    });
  }

  async #watchMore(watch: Watch): Promise<void> {
    this.#watch(watch);
    this.#feed(watch);
    await this.#find(watch.kind).informer.whenSynced();
  }

  #unwatch(kind: KindDefinition): void {
    this.#watched.delete(kindKey(kind));
    this.#parts.informers.end(kind);
  }

  #makeContext(): ControllerContext {
    const { client, clock, events } = this.#parts;
    return {
      client: catchingUpClient(client, (kind, object) => this.#noteWrite(kind, object)),
      clock,
      log: this.#log,
      events,
      lister: <O extends ApiObject>(kind: KindDefinition<O>) => this.#find(kind).lister as Lister<O>,
      informer: <O extends ApiObject>(kind: KindDefinition<O>) => this.#find(kind).informer as unknown as Informer<O>,
      wrote: (kind, object) => this.#noteWrite(kind, object),
      watch: (watch) => this.#watchMore(watch),
      unwatch: (kind) => this.#unwatch(kind),
      wake: (key, afterMs = 0) => this.#queue.addAfter(key, afterMs),
    };
  }

  #find(kind: Pick<KindDefinition, "group" | "version" | "kind" | "plural">): Watched {
    const watched = this.#watched.get(kindKey(kind));
    if (!watched)
      throw new TerminalError(`the controller ${this.#controller.name} has no lister of ${kind.kind}: declare it in its watches`);
    return watched;
  }

  #noteWrite(kind: Pick<KindDefinition, "group" | "version" | "plural">, object: ApiObject): void {
    const watched = this.#watched.get(kindKey(kind));
    if (!watched) return;
    const version = object.metadata.resourceVersion;
    if (!version) watched.deleted.push(object);
    else if (!watched.written || !isAtLeast(watched.written, version)) watched.written = version;
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      this.#activity++;
      await this.#reconcile(key);
      this.#activity++;
      this.#queue.done(key);
    }
  }

  async #reconcile(key: string): Promise<void> {
    await this.#seeOwnWrites();
    const { clock, signal } = this.#parts;
    if (signal.aborted) return;
    const start = clock.now();
    this.#counts.reconciles++;
    try {
      const result = await this.#controller.reconcile(key, this.#context);
      this.#queue.forget(key);
      this.#conflicts.delete(key);
      if (result) this.#queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (!signal.aborted) this.#failed(key, error);
    }
    this.#counts.busyMs += clock.now() - start;
  }

  async #seeOwnWrites(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const { informer, written } = watched;
      const deleted = [...watched.deleted];
      if (written !== undefined) await informer.caughtUp(written);
      if (watched.written === written) delete watched.written;
      if (deleted.length === 0) continue;
      await whenDeleted(informer, deleted);
      watched.deleted = watched.deleted.filter((object) => !deleted.includes(object));
    }
  }

  #failed(key: string, error: unknown): void {
    if (error instanceof TerminalError) {
      this.#counts.terminal++;
      this.#queue.forget(key);
      this.#log.error("reconcile failed for good", { key, error });
    } else if (hasReason(error, "Conflict") || this.#justWent(key, error)) {
      this.#lostRace(key);
    } else {
      this.#counts.failures++;
      this.#queue.addRateLimited(key);
      this.#log.warn("reconcile failed: trying again", { key, failures: this.#queue.failures(key), error });
    }
  }

  /** What a reconcile writes may be deleted under it: the cache will tell in a moment, so that is no failure unless it goes on. */
  #justWent(key: string, error: unknown): boolean {
    return hasReason(error, "NotFound") && (this.#conflicts.get(key) ?? 0) < QUICK_CONFLICTS;
  }

  #lostRace(key: string): void {
    this.#counts.conflicts++;
    const conflicts = (this.#conflicts.get(key) ?? 0) + 1;
    this.#conflicts.set(key, conflicts);
    if (conflicts <= QUICK_CONFLICTS) this.#queue.add(key);
    else this.#queue.addRateLimited(key);
  }
}

const kindKey = (kind: Pick<KindDefinition, "group" | "version" | "plural">) => `${apiVersionOf(kind)}/${kind.plural}`;

type IndexFunction = (object: ApiObject) => readonly string[];

/** The informer is shared: two controllers may mean different indexes by one name, or the same one. */
const indexIds = new WeakMap<IndexFunction, number>();
let lastIndexId = 0;

function sharedName(name: string, fn: IndexFunction): string {
  const id = indexIds.get(fn) ?? ++lastIndexId;
  indexIds.set(fn, id);
  return `${name}#${id}`;
}

function newWatched(kind: KindDefinition, informer: Informer<ApiObject>): Watched {
  const indexes = new Map<string, string>();
  const { lister: all } = informer;
  const lister: Lister<ApiObject> = {
    get: (name, namespace) => all.get(name, namespace),
    list: (namespace) => all.list(namespace),
    byIndex: (index, value) => all.byIndex(indexes.get(index) ?? index, value),
  };
  return { kind, informer, lister, deleted: [], indexes };
}
