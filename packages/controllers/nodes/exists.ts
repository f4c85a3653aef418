import { Node } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";

/** Whether the server has this node. The cache may be behind: what cannot be undone asks here. */
export async function nodeExists(name: string, ctx: ControllerContext): Promise<boolean> {
  try {
    await ctx.client.get(Node, { name });
    return true;
  } catch (error) {
    if (hasReason(error, "NotFound")) return false;
    throw error;
  }
}
