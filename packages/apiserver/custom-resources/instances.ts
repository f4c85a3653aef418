import { hasReason, limiter } from "@wherry/base";
import { type KindDefinition, storedKind } from "@wherry/machinery";
import type { User } from "../exchange.ts";
import type { RestContext } from "../rest/context.ts";
import { deleteObject } from "../rest/delete.ts";

const AT_ONCE = 16;

/** Deletes every object of a kind, in all namespaces, or begins to. Resolves when the cache has seen that. What is gone in the meantime is no error. */
export async function deleteInstances(context: RestContext, kind: KindDefinition, user: User): Promise<void> {
  const limit = limiter(AT_ONCE);
  const items = [...context.cache.resource(kind).items()];
  await Promise.all(
    items.map((item) =>
      limit(async () => {
        const { name, namespace } = item.attributes;
        const write = {
          operation: "delete",
          kind: storedKind(kind),
          name,
          dryRun: false,
          warnings: [],
          user,
          namespace: namespace || undefined,
        } as const;
        await deleteObject(context, { ...write, warnings: [] }, { dryRun: false, preconditions: {} }).catch((error: unknown) => {
          if (!hasReason(error, "NotFound")) throw error;
        });
      }),
    ),
  );
  await context.cache.fresh();
}
