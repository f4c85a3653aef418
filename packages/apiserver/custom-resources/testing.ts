import { CustomResourceDefinition } from "@wherry/api";
import type { Client } from "@wherry/client";

/** Waits, as `kubectl wait` does, until a definition is as wanted. */
export async function untilDefinition(
  client: Client,
  name: string,
  holds: (crd: CustomResourceDefinition) => boolean,
): Promise<CustomResourceDefinition> {
  const stop = new AbortController();
  for await (const { object } of client.watch(CustomResourceDefinition, { fieldSelector: `metadata.name=${name}` }, stop.signal)) {
    if (!holds(object)) continue;
    stop.abort();
    return object;
  }
  throw new Error(`the watch of ${name} ended`);
}

/** Status and reason of each condition, by its type. */
export const conditionsOf = (crd: CustomResourceDefinition): Record<string, string> =>
  Object.fromEntries((crd.status?.conditions ?? []).map((c) => [c.type, `${c.status} ${c.reason}`]));

/** Waits until the kinds of a definition are served. */
export const untilEstablished = (client: Client, name: string): Promise<CustomResourceDefinition> =>
  untilDefinition(client, name, (crd) => conditionsOf(crd).Established?.startsWith("True") ?? false);
