import { hasReason, limiter } from "@wherry/base";
import { storedKind } from "@wherry/machinery";
import type { ApiResponse } from "../exchange.ts";
import { withWarnings } from "../warnings.ts";
import { encode, negotiateShape } from "./answer.ts";
import type { ResourceCall, RestContext } from "./context.ts";
import { deleteObject, orphanWarnings } from "./delete.ts";
import { deleteOptions } from "./delete-options.ts";
import { readPage } from "./list.ts";
import { listOptions } from "./list-options.ts";
import type { Write } from "./write-stage.ts";

const AT_ONCE = 16;

/** Deletes every object that a list of the same query would show, and answers that list. What is gone in the meantime is no error. */
export async function deleteCollection(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = await deleteOptions(call.request, context.registry.definitions);
  const { shape, negotiated } = negotiateShape(context, call, true);
  const page = await readPage(context, call.kind, listOptions(call));
  const limit = limiter(AT_ONCE);
  const { request } = call;
  const kind = storedKind(call.kind);
  await Promise.all(
    page.items.map((item) =>
      limit(async () => {
        const { name, namespace } = item.attributes;
        const write: Write = {
          operation: "delete",
          kind,
          name,
          dryRun: options.dryRun,
          warnings: [],
          user: request.user,
          namespace: namespace || undefined,
        };
        await deleteObject(context, write, options).catch(ignoreNotFound);
      }),
    ),
  );
  const { head, separator, tail } = shape.list({ resourceVersion: String(page.revision) });
  const items = page.items.flatMap((item, i) => (i > 0 ? [separator, shape.item(item.bytes)] : [shape.item(item.bytes)]));
  return withWarnings(await encode(call, negotiated, Buffer.concat([head, ...items, tail])), orphanWarnings(kind, options));
}

function ignoreNotFound(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
