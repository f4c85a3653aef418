import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition, OwnerReference } from "@wherry/machinery";
import { isBeingDeleted, isDeletingDependents, ownersOf } from "./item.ts";
import type { OwnerState } from "./plan.ts";
import type { Neighbours } from "./wakes.ts";

/** Files an object under the uid of each owner: the edges of the graph. */
export const BY_OWNER = "ownerUid";
export const byOwner = (o: ApiObject): readonly string[] => ownersOf(o).map((r) => r.uid);

/** How long to wait for a cache that is behind the server. */
const RECHECK_MS = 1000;
/** How many uids of absent owners are remembered. */
const MAX_ABSENT = 10_000;

/**
 * Who owns whom, read from the informers of all kinds: their owner index is the graph, and a change costs what it touches. An owner counts as absent only
 * when its deletion was seen, or when the server itself says so.
 */
export class OwnerGraph {
  readonly #kinds: KindDefinition[];
  readonly #byName: Map<string, KindDefinition>;
  readonly #absent = new Set<string>();

  constructor(kinds: readonly KindDefinition[]) {
    this.#kinds = [...kinds];
    this.#byName = new Map(kinds.map((k) => [nameOf(k), k]));
  }

  /** Takes in a kind that has a lister from now on. */
  add(kind: KindDefinition): void {
    this.#kinds.push(kind);
    this.#byName.set(nameOf(kind), kind);
  }

  /** Forgets a kind that is gone. What is known of its objects stays: they are absent. */
  remove(kind: KindDefinition): void {
    const at = this.#kinds.indexOf(kind);
    if (at >= 0) this.#kinds.splice(at, 1);
    if (this.#byName.get(nameOf(kind)) === kind) this.#byName.delete(nameOf(kind));
  }

  /** Everything that names an owner of this kind. As costly as looking at all that is there. */
  ownedBy(kind: KindDefinition, ctx: ControllerContext): ApiObject[] {
    const owned = (o: ApiObject) => ownersOf(o).some((r) => this.kindOf(r) === kind);
    return this.#kinds.flatMap((each) => ctx.lister(each).list().filter(owned));
  }

  /** The kind of an object or a reference; undefined when it is not collected. The version does not matter. */
  kindOf({ apiVersion, kind }: { apiVersion: string; kind: string }): KindDefinition | undefined {
    const slash = apiVersion.indexOf("/");
    return this.#byName.get(`${slash < 0 ? "" : apiVersion.slice(0, slash)}/${kind}`);
  }

  /** The queue's name of an object. */
  key({ apiVersion, kind, metadata }: ApiObject): string {
    return JSON.stringify([apiVersion, kind, metadata.namespace ?? "", metadata.name]);
  }

  find(key: string, ctx: ControllerContext): { kind: KindDefinition; item: ApiObject } | undefined {
    const [apiVersion = "", kindName = "", namespace, name = ""] = JSON.parse(key) as string[];
    const kind = this.kindOf({ apiVersion, kind: kindName });
    const item = kind && ctx.lister(kind).get(name, namespace || undefined);
    return item && { kind, item };
  }

  dependentsOf({ metadata }: ApiObject, ctx: ControllerContext): ApiObject[] {
    return this.#kinds.flatMap((kind) => ctx.lister(kind).byIndex(BY_OWNER, metadata.uid));
  }

  /** As `dependentsOf`, but asks the server: certain, and as costly as listing what may depend on it. */
  async storedDependentsOf(item: ApiObject, { scope }: KindDefinition, ctx: ControllerContext): Promise<ApiObject[]> {
    const { uid, namespace } = item.metadata;
    const kinds = this.#kinds.filter((k) => scope === "Cluster" || k.scope === "Namespaced");
    const lists = await Promise.all(kinds.map((k) => ctx.client.list(k, namespace ? { namespace } : {})));
    return lists.flatMap(({ items }) => items.filter((o) => byOwner(o).includes(uid)));
  }

  neighbours(ctx: ControllerContext): Neighbours {
    return {
      dependentsOf: (o) => this.dependentsOf(o, ctx),
      ownersOf: (o) => ownersOf(o).flatMap((r) => this.#cached(r, o, ctx) ?? []),
    };
  }

  /** Its deletion was seen. */
  noteGone({ metadata }: ApiObject): void {
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear();
    this.#absent.add(metadata.uid);
  }

  /**
   * What became of each owner of `item`, by uid. Asks the server about those that no cache knows. An owner of an unknown kind counts as there; so does a
   * namespaced owner of a cluster-wide object, which the caller reports.
   */
  async ownerStates(item: ApiObject, ctx: ControllerContext): Promise<Map<string, OwnerState>> {
    const entries = ownersOf(item).map(async (r) => [r.uid, await this.#stateOf(r, item, ctx)] as const);
    return new Map(await Promise.all(entries));
  }

  /** Owners that can not be: they are namespaced, and the item is not. */
  impossibleOwners(item: ApiObject): OwnerReference[] {
    return item.metadata.namespace ? [] : ownersOf(item).filter((r) => this.kindOf(r)?.scope === "Namespaced");
  }

  async #stateOf(reference: OwnerReference, item: ApiObject, ctx: ControllerContext): Promise<OwnerState> {
    if (this.#absent.has(reference.uid)) return "absent";
    const kind = this.kindOf(reference);
    if (!kind || (kind.scope === "Namespaced" && !item.metadata.namespace)) return "solid";
    const owner = this.#cached(reference, item, ctx) ?? (await this.#fetch(kind, reference, item, ctx));
    if (!owner) return "absent";
    return isBeingDeleted(owner) && isDeletingDependents(owner) ? "waiting" : "solid";
  }

  #cached(reference: OwnerReference, item: ApiObject, ctx: ControllerContext): ApiObject | undefined {
    const kind = this.kindOf(reference);
    const namespace = kind?.scope === "Namespaced" ? item.metadata.namespace : undefined;
    const found = kind && ctx.lister(kind).get(reference.name, namespace);
    return found?.metadata.uid === reference.uid ? found : undefined;
  }

  async #fetch(
    kind: KindDefinition,
    { name, uid }: OwnerReference,
    item: ApiObject,
    ctx: ControllerContext,
  ): Promise<ApiObject | undefined> {
    const namespace = kind.scope === "Namespaced" ? item.metadata.namespace : undefined;
    try {
      const owner = await ctx.client.get(kind, { name, ...(namespace && { namespace }) });
      if (owner.metadata.uid === uid) {
        // A cache that has not seen it come may never see it go.
        ctx.wake(this.key(item), RECHECK_MS);
        return owner;
      }
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear();
    this.#absent.add(uid);
    return undefined;
  }
}

const nameOf = ({ group, kind }: KindDefinition) => `${group}/${kind}`;
