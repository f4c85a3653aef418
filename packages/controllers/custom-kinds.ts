import { CustomResourceDefinition, customKinds, isConditionTrue } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type ControllerContext, type Watch, watchOf } from "@wherry/engine";
import { apiVersionOf, type KindDefinition } from "@wherry/machinery";

const PREFIX = "customresourcedefinition ";

/** What a controller does with kinds that come and go. */
export interface CustomKindFollower {
  /** How to watch a kind that came. */
  watch(kind: KindDefinition): Watch;
  /** Its objects are known, and have a lister. */
  came?(kind: KindDefinition, ctx: ControllerContext): void;
  /** It has no lister any more. */
  went?(kind: KindDefinition): void;
}

/**
 * The kind by which the objects of a definition are watched, whatever their version: one of those that it serves, the stored one if it is among them, which nobody
 * must convert.
 */
export function customKindOf(crd: CustomResourceDefinition | undefined): KindDefinition | undefined {
  if (!crd || !isConditionTrue(crd.status?.conditions, "Established")) return undefined;
  const { kinds } = customKinds(crd);
  const stored = crd.spec.versions.find(({ storage }) => storage)?.name;
  return kinds.find(({ version }) => version === stored) ?? kinds[0];
}

/** Follows the CustomResourceDefinitions for a controller: give it the watch, and hand it the keys that are its own. */
export class CustomKindFollowing {
  readonly #follower: CustomKindFollower;
  readonly #kinds = new Map<string, KindDefinition>();
  readonly watch: Watch = watchOf({ kind: CustomResourceDefinition, wakes: (crd) => [PREFIX + crd.metadata.name] });

  constructor(follower: CustomKindFollower) {
    this.#follower = follower;
  }

  /** Whether a key is one of its own. */
  owns(key: string): boolean {
    return key.startsWith(PREFIX);
  }

  /** Makes what is watched fit the definition that a key of its own names. */
  async reconcile(key: string, ctx: ControllerContext): Promise<void> {
    const name = key.slice(PREFIX.length);
    const wanted = customKindOf(ctx.lister(CustomResourceDefinition).get(name));
    const watched = this.#kinds.get(name);
    if (watched && wanted && apiVersionOf(watched) === apiVersionOf(wanted) && watched.kind === wanted.kind) return;
    if (watched) {
      this.#kinds.delete(name);
      this.#follower.went?.(watched);
      ctx.unwatch(watched);
    }
    if (!wanted) return;
    await ctx.watch(this.#follower.watch(wanted));
    this.#kinds.set(name, wanted);
    this.#follower.came?.(wanted, ctx);
  }
}

/** The kinds that definitions make at this moment, as the server has them. */
export async function listCustomKinds(ctx: ControllerContext): Promise<KindDefinition[]> {
  try {
    const { items } = await ctx.client.list(CustomResourceDefinition);
    return items.flatMap((crd) => customKindOf(crd) ?? []);
  } catch (error) {
    // A server may have none of them.
    if (hasReason(error, "NotFound")) return [];
    throw error;
  }
}
