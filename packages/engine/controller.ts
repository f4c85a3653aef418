import type { Clock, Logger } from "@wherry/base";
import type { Client, Informer, Lister } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";

/** Emits Events (core/v1), folding repeats of one event into its count. Never throws, never blocks. */
export interface EventRecorder {
  /** @param fieldPath the part of the object it happened to, such as `spec.containers{web}` */
  event(about: ApiObject, type: "Normal" | "Warning", reason: string, message: string, fieldPath?: string): void;
}

/** One kind a controller looks at, and which keys of its own a change wakes. */
export interface Watch<O extends ApiObject = ApiObject> {
  readonly kind: KindDefinition<O>;
  /** Keys to reconcile after `object` appeared, changed (`previous` is what it was) or went (`gone`). Absent = only its lister is wanted. */
  readonly wakes?: (object: O, change: { previous?: O; gone: boolean }, context: ControllerContext) => readonly string[];
  /** Indexes to add to the lister. Controllers that give the same function share its index. */
  readonly indexes?: Readonly<Record<string, (object: O) => readonly string[]>>;
}

/** Gives a watch its object type inside a list of watches of several kinds. */
export function watchOf<O extends ApiObject>(watch: Watch<O>): Watch {
  return watch as unknown as Watch;
}

/** What a controller works with. Only the kinds that it declared in `watches`, or watches by `watch`, have a lister. */
export interface ControllerContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  lister<O extends ApiObject>(kind: KindDefinition<O>): Lister<O>;
  informer<O extends ApiObject>(kind: KindDefinition<O>): Informer<O>;
  /**
   * Tells the runner that this controller wrote or deleted something, by what the client gave back: the next reconcile of any key waits until
   * the informer of its kind has seen it. This replaces upstream's expectations.
   */
  wrote<O extends ApiObject>(kind: KindDefinition<O>, object: O): void;
  /** Watches one more kind, which came while the controller runs. Resolves when its objects are here, and were told. */
  watch(watch: Watch): Promise<void>;
  /** Ceases to watch a kind that is gone. For all controllers: its informer ends. */
  unwatch(kind: KindDefinition): void;
  /** Wakes a key by hand. */
  wake(key: string, afterMs?: number): void;
}

/**
 * A level-triggered loop: `reconcile(key)` makes the world fit the spec, from whatever state. One key is never reconciled twice at once. A throw is
 * retried with back-off; a TerminalError is logged and not retried; a Conflict or NotFound, which a lost race leaves behind, is retried at once without
 * being logged as a failure.
 */
export interface Controller {
  readonly name: string;
  /** How many keys at once; 4 when absent. */
  readonly workers?: number;
  readonly watches: readonly Watch[];
  /** Keys to reconcile once at the start, for what no watch wakes. */
  readonly startWith?: readonly string[];
  /** Who its Events come from; the runner's component when absent. */
  readonly eventSource?: string;
  reconcile(key: string, context: ControllerContext): Promise<{ requeueAfterMs: number } | void>;
}

/** A failure that trying again cannot mend. */
export class TerminalError extends Error {
  override name = "TerminalError";
}
