import type { ApiObject, OwnerReference } from "@wherry/machinery";
import { meta } from "../fixtures.ts";
import { blocks, FOREGROUND, hasFinalizer, isBeingDeleted, isDeletingDependents, ORPHAN, ownersOf } from "./item.ts";
import { type CollectPlan, type OwnerState, planCollect } from "./plan.ts";
import { type Neighbours, touched } from "./wakes.ts";

export type Policy = "Background" | "Foreground" | "Orphan";

/** Node `i` owns, for each edge `[owner, dependent, block]`. Edges may form circles. */
export type Edges = readonly (readonly [owner: number, dependent: number, block: boolean])[];

/**
 * A model of a cluster for tests of the collector's plan: objects that own each other, a server that deletes by finalizers, and a collector whose view lags
 * behind. `violations` holds what must never happen.
 */
export class CollectorModel {
  readonly violations: string[] = [];
  #version = 1;
  readonly #world = new Map<string, ApiObject>();
  readonly #view = new Map<string, ApiObject>();
  /** Objects whose last change the collector has not seen. */
  readonly #unseen = new Set<string>();
  readonly #queue = new Set<string>();
  readonly #absent = new Set<string>();

  constructor(size: number, edges: Edges) {
    for (let i = 0; i < size; i++) {
      const owners = new Map(edges.filter(([o, d]) => d === i && o < size).map(([o, , block]) => [o, block]));
      const ownerReferences = [...owners].map(([o, blockOwnerDeletion]) => reference(o, blockOwnerDeletion));
      this.#put({ apiVersion: "v1", kind: "Thing", metadata: meta(name(i), { uid: name(i), ownerReferences }) });
    }
  }

  get left(): ApiObject[] {
    return [...this.#world.values()];
  }

  /** What a person asks for. */
  remove(index: number, policy: Policy): void {
    const item = this.#world.get(name(index));
    if (item) this.#delete(item, policy);
  }

  /** Lets the collector see one change, or take one step. */
  step(pick: number): void {
    const choices = [...this.#unseen].map((uid) => () => this.#deliver(uid));
    choices.push(...[...this.#queue].map((uid) => () => this.#reconcile(uid)));
    choices[pick % Math.max(1, choices.length)]?.();
  }

  /** Goes on until nothing is left to do. */
  settle(): void {
    for (let i = 0; this.#unseen.size + this.#queue.size > 0; i++) {
      if (i > 20_000) throw new Error("the collector does not come to rest");
      this.step(i);
    }
  }

  #deliver(uid: string): void {
    this.#unseen.delete(uid);
    const [object, previous] = [this.#world.get(uid), this.#view.get(uid)];
    if (object) this.#view.set(uid, object);
    else this.#view.delete(uid);
    if (!object && !previous) return;
    if (!object) this.#absent.add(uid);
    const change = { ...(object && previous && { previous }), gone: !object };
    for (const o of touched(object ?? (previous as ApiObject), change, this.#neighbours)) this.#queue.add(o.metadata.uid);
  }

  get #neighbours(): Neighbours {
    return {
      dependentsOf: (o) => dependents(this.#view, o),
      ownersOf: (o) => ownersOf(o).flatMap((r) => this.#view.get(r.uid) ?? []),
    };
  }

  #reconcile(uid: string): void {
    this.#queue.delete(uid);
    const item = this.#view.get(uid);
    if (!item) return;
    // Orphaning asks the server: a dependent that was not seen yet would be lost.
    const seen = hasFinalizer(item, ORPHAN) ? this.#world : this.#view;
    const behind = ownersOf(item).some((r) => !this.#view.has(r.uid) && this.#world.has(r.uid));
    if (behind) this.#queue.add(uid);
    const plan = planCollect(item, { stateOf: (r) => this.#stateOf(r), dependentsOf: (o) => dependents(seen, o) });
    if (!this.#apply(item, plan)) this.#queue.add(uid);
  }

  #stateOf({ uid }: OwnerReference): OwnerState {
    const owner = this.#absent.has(uid) ? undefined : (this.#view.get(uid) ?? this.#world.get(uid));
    if (!owner) return "absent";
    return isDeletingDependents(owner) ? "waiting" : "solid";
  }

  /** False when the item is no longer what the plan was made for: the server says Conflict. */
  #apply(item: ApiObject, plan: CollectPlan): boolean {
    const stored = this.#world.get(item.metadata.uid);
    if (plan.do === "nothing" || !stored) return true;
    if (plan.do === "wake") {
      for (const o of plan.items) this.#queue.add(o.metadata.uid);
      return true;
    }
    if (plan.do === "orphan" && !plan.items.every((d) => this.#letGo(d, item))) return false;
    if (stored.metadata.resourceVersion !== item.metadata.resourceVersion) return false;
    if (plan.do === "delete") this.#collect(stored, plan.policy);
    else if (plan.do === "removeFinalizer") this.#finish(stored, plan.finalizer);
    else if (plan.do === "orphan") this.#finish(stored, ORPHAN);
    else if (plan.do === "dropOwners") this.#patch(stored, { ownerReferences: ownersOf(stored).filter((r) => !plan.uids.includes(r.uid)) });
    else this.#patch(stored, { ownerReferences: ownersOf(stored).map((r) => ({ ...r, blockOwnerDeletion: false })) });
    return true;
  }

  #letGo(dependent: ApiObject, owner: ApiObject): boolean {
    const stored = this.#world.get(dependent.metadata.uid);
    if (!stored) return true;
    if (stored.metadata.resourceVersion !== dependent.metadata.resourceVersion) return false;
    this.#patch(stored, { ownerReferences: ownersOf(stored).filter((r) => r.uid !== owner.metadata.uid) });
    return true;
  }

  /** The collector deletes: never what somebody still holds. */
  #collect(item: ApiObject, policy: Policy): void {
    const holders = ownersOf(item).filter(({ uid }) => {
      const owner = this.#world.get(uid);
      return owner && !isBeingDeleted(owner);
    });
    if (holders.length > 0) this.violations.push(`${item.metadata.uid} was deleted, but ${holders[0]?.uid} holds it`);
    this.#delete(item, policy);
  }

  #finish(item: ApiObject, finalizer: string): void {
    const there = dependents(this.#world, item);
    const waiting = there.filter((d) => finalizer === ORPHAN || (this.#view.has(d.metadata.uid) && blocks(d, item)));
    if (waiting.length > 0) this.violations.push(`${item.metadata.uid} went before ${waiting[0]?.metadata.uid}`);
    this.#patch(item, { finalizers: (item.metadata.finalizers ?? []).filter((f) => f !== finalizer) });
  }

  /** As the server does it. */
  #delete(item: ApiObject, policy: Policy): void {
    const others = (item.metadata.finalizers ?? []).filter((f) => f !== FOREGROUND && f !== ORPHAN);
    const ours = policy === "Background" ? [] : [policy === "Orphan" ? ORPHAN : FOREGROUND];
    this.#patch(item, { finalizers: [...others, ...ours], deletionTimestamp: "2026-01-01T00:00:00Z" });
  }

  #patch(item: ApiObject, metadata: Partial<ApiObject["metadata"]>): void {
    this.#put({ ...item, metadata: { ...item.metadata, ...metadata } });
  }

  #put(o: ApiObject): void {
    const over = o.metadata.deletionTimestamp && !hasFinalizer(o, FOREGROUND) && !hasFinalizer(o, ORPHAN);
    if (over) this.#world.delete(o.metadata.uid);
    else this.#world.set(o.metadata.uid, { ...o, metadata: { ...o.metadata, resourceVersion: String(++this.#version) } });
    this.#unseen.add(o.metadata.uid);
  }
}

export const name = (i: number) => `o${i}`;

const reference = (owner: number, blockOwnerDeletion: boolean): OwnerReference => ({
  apiVersion: "v1",
  kind: "Thing",
  name: name(owner),
  uid: name(owner),
  blockOwnerDeletion,
});

function dependents(objects: ReadonlyMap<string, ApiObject>, owner: ApiObject): ApiObject[] {
  return [...objects.values()].filter((o) => ownersOf(o).some((r) => r.uid === owner.metadata.uid));
}
