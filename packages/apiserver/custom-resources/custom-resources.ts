import {
  approvalCondition,
  CLEANUP_FINALIZER,
  type CustomKinds,
  type CustomResourceDefinition,
  type CustomResourceDefinitionCondition,
  customKinds,
  getCondition,
  isConditionTrue,
  setCondition,
} from "@wherry/api";
import { hasReason } from "@wherry/base";
import { deepEqual, hasFinalizer, type KindDefinition } from "@wherry/machinery";
import { SELF } from "../bootstrap/self.ts";
import type { AnyObject, RestContext } from "../rest/context.ts";
import { modify } from "../rest/modify.ts";
import type { WebhookClient } from "../webhooks/webhook-client.ts";
import { webhookConversion } from "./conversion-webhook.ts";
import { deleteInstances } from "./instances.ts";
import type { LiveRegistry } from "./live-registry.ts";
import { acceptNames, type NameHolder } from "./names.ts";

const RETRY_MS = 1_000;

/** What of a definition decides which kinds it makes. */
interface Made {
  spec: unknown;
  names: unknown;
  terminating: boolean;
}

/**
 * Follows the CustomResourceDefinitions: judges their names, serves their kinds, and empties those that are deleted. One definition is looked at at a time, and
 * again after each change of it; a failure is logged and tried again.
 */
export class CustomResources {
  readonly #context: RestContext;
  readonly #live: LiveRegistry;
  readonly #kind: KindDefinition;
  readonly #webhooks: WebhookClient;
  readonly #made = new Map<string, Made>();
  /** Who has which names: all that one definition must know of the others. */
  readonly #names = new Map<string, NameHolder>();
  readonly #waiting = new Set<string>();
  readonly #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #working = false;

  /** @param kind that of definitions */
  constructor(context: RestContext, live: LiveRegistry, kind: KindDefinition, webhooks: WebhookClient) {
    this.#context = context;
    this.#live = live;
    this.#kind = kind;
    this.#webhooks = webhooks;
  }

  /** Resolves when every definition that was established before is served again. */
  async start(): Promise<void> {
    const cache = this.#context.cache.resource(this.#kind);
    cache.onChange(({ item, previous }) => this.#look((item ?? previous)?.attributes.name ?? ""));
    for (const item of [...cache.items()]) {
      const crd = item.object() as CustomResourceDefinition;
      this.#names.set(crd.metadata.name, crd);
      if (isConditionTrue(crd.status?.conditions, "Established")) await this.#serve(crd);
    }
    for (const name of this.#names.keys()) this.#look(name);
  }

  /** Resolves when nothing is being done any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#waiting.clear();
    await this.#work;
  }

  #look(name: string): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.add(name);
    if (this.#working) return;
    this.#working = true;
    this.#work = this.#drain();
  }

  async #drain(): Promise<void> {
    // What changed is handled after the change was taken in as a whole.
    await Promise.resolve();
    for (const name of this.#waiting) {
      this.#waiting.delete(name);
      await this.#reconcile(name).catch((error: unknown) => this.#failed(name, error));
    }
    this.#working = false;
  }

  #failed(name: string, error: unknown): void {
    if (this.#stop.signal.aborted || hasReason(error, "NotFound")) return;
    if (hasReason(error, "Conflict")) {
      this.#look(name);
      return;
    }
    this.#context.log.warn("a CustomResourceDefinition cannot be handled; it is tried again", { name, error });
    this.#context.clock.schedule(RETRY_MS, () => this.#look(name));
  }

  async #reconcile(name: string): Promise<void> {
    const cache = this.#context.cache.resource(this.#kind);
    const crd = cache.get(cache.root + name)?.object() as CustomResourceDefinition | undefined;
    if (!crd) return this.#forget(name);
    const now = this.#context.clock.now();
    this.#hold(crd, crd.status);
    const others = [...this.#names.values()].filter((other) => other.metadata.name !== name);
    const status = acceptNames(crd, others, this.#live.builtin, now);
    this.#hold(crd, status);
    const approval = approvalCondition(crd, now);
    if (approval) status.conditions = [...setCondition(status.conditions, { ...approval, lastTransitionTime: undefined }, now)];
    // Whoever reads that it is established finds it served.
    if (isConditionTrue(status.conditions, "Established")) {
      const broken = await this.#serve({ ...crd, status });
      // It was not served before, either, if that is what its condition says.
      const before = getCondition(crd.status?.conditions, "Established");
      const since = before?.status === "False" ? before.lastTransitionTime : undefined;
      if (broken) status.conditions = [...setCondition(status.conditions, { ...broken, ...(since && { lastTransitionTime: since }) }, now)];
    }
    if (!deepEqual(status, crd.status)) await this.#setStatus(crd, status);
    if (!deepEqual(status.acceptedNames, crd.status?.acceptedNames)) this.#lookAtGroup(crd);
    if (crd.metadata.deletionTimestamp && hasFinalizer(crd, CLEANUP_FINALIZER)) await this.#finalize(crd);
  }

  #hold({ metadata: { name }, spec: { group } }: CustomResourceDefinition, status: CustomResourceDefinition["status"]): void {
    const { acceptedNames } = status ?? {};
    this.#names.set(name, { metadata: { name }, spec: { group }, status: { ...(acceptedNames && { acceptedNames }) } });
  }

  /** Gives the condition that says why a definition cannot be served; it may be of a time when more was allowed. */
  async #serve(crd: CustomResourceDefinition): Promise<CustomResourceDefinitionCondition | undefined> {
    try {
      await this.#makeServed(crd);
      return undefined;
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      this.#context.log.warn("a CustomResourceDefinition cannot be served", { name: crd.metadata.name, error });
      const message = `the definition cannot be served: ${error instanceof Error ? error.message : String(error)}`;
      return { type: "Established", status: "False", reason: "NotServed", message };
    }
  }

  async #makeServed(crd: CustomResourceDefinition): Promise<void> {
    const { name } = crd.metadata;
    const terminating = crd.metadata.deletionTimestamp !== undefined;
    const made: Made = { spec: crd.spec, names: crd.status?.acceptedNames, terminating };
    const before = this.#made.get(name);
    if (deepEqual(made, before)) return;
    const kinds = customKinds(crd, webhookConversion(crd, this.#webhooks));
    // The end of a definition changes what may be done with its objects, not the objects.
    if (!before || before.terminating === terminating) await this.#keepObjects(name, kinds);
    this.#live.serve(name, kinds);
    this.#made.set(name, made);
  }

  async #keepObjects(name: string, { kinds }: CustomKinds): Promise<void> {
    const before = this.#live.kindsOf(name)?.kinds ?? [];
    const caches = await this.#context.cache.add(kinds);
    if (kinds.length === 0) this.#context.cache.remove(before);
    for (const cache of caches)
      cache.onChange(({ item }) => {
        if (!item && cache.size === 0) this.#look(name);
      });
  }

  async #forget(name: string): Promise<void> {
    const names = this.#names.get(name);
    this.#names.delete(name);
    this.#made.delete(name);
    const before = this.#live.kindsOf(name);
    if (before) {
      this.#live.withdraw(name);
      this.#context.cache.remove(before.kinds);
    }
    if (names) this.#lookAtGroup(names);
  }

  /** Names that became free or were taken may matter to the others. */
  #lookAtGroup({ spec, metadata }: NameHolder): void {
    for (const other of this.#names.values())
      if (other.spec.group === spec.group && other.metadata.name !== metadata.name) this.#look(other.metadata.name);
  }

  async #setStatus({ metadata }: CustomResourceDefinition, status: CustomResourceDefinition["status"]): Promise<void> {
    await this.#change(metadata.name, "status", (current) => ({ ...current, status }), metadata.resourceVersion);
  }

  async #change(name: string, subresource: string | undefined, change: (o: AnyObject) => AnyObject, resourceVersion?: string) {
    await this.#kind.load?.();
    const write = { operation: "update", kind: this.#kind, name, subresource, dryRun: false, user: SELF, warnings: [] } as const;
    return modify(this.#context, { ...write, warnings: [] }, (current) => {
      const next = change(current);
      return resourceVersion ? { ...next, metadata: { ...next.metadata, resourceVersion } } : next;
    });
  }

  /** Deletes all objects, then lets the definition go. Is called again when the last of those that took their time is gone. */
  async #finalize(crd: CustomResourceDefinition): Promise<void> {
    const { name } = crd.metadata;
    const [kind] = this.#live.kindsOf(name)?.kinds ?? [];
    if (kind) {
      await this.#terminating(name, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress");
      await deleteInstances(this.#context, kind, SELF);
      if (this.#context.cache.resource(kind).size > 0) return;
    }
    await this.#terminating(name, "False", "InstanceDeletionCompleted", "removed all instances");
    await this.#change(name, undefined, (current) => {
      const finalizers = current.metadata.finalizers?.filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
      return { ...current, metadata: { ...current.metadata, finalizers } } as AnyObject;
    });
  }

  async #terminating(name: string, status: string, reason: string, message: string): Promise<void> {
    await this.#change(name, "status", (current) => {
      const before = (current as CustomResourceDefinition).status;
      const conditions = setCondition(before?.conditions, { type: "Terminating", status, reason, message }, this.#context.clock.now());
      return { ...current, status: { ...before, conditions } };
    });
  }
}
