import type { Pod } from "@wherry/api";
import { badRequest, notFound } from "@wherry/base";
import { keyOfCall, type ResourceCall, type RestContext, resourceName } from "../rest/context.ts";

/** Reads the pod that a call names. Throws NotFound. */
export async function podOfCall(context: RestContext, call: ResourceCall): Promise<Pod> {
  await context.cache.fresh();
  const item = context.cache.resource(call.kind).get(keyOfCall(context, call));
  if (!item) throw notFound(resourceName(call.kind), call.name ?? "");
  return item.object() as Pod;
}

/** The container a caller means: the one named, or the only one besides the init containers. Throws BadRequest. Source: upstream's `podutils`/`streamLocation` in pod strategy. */
export function containerOf(pod: Pod, wanted: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const { name } = pod.metadata;
  if (wanted) {
    if ([...containers, ...initContainers, ...ephemeralContainers].some((c) => c.name === wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const [only, ...more] = containers;
  if (only && more.length === 0) return only.name;
  const names = (list: readonly { name: string }[]) => `[${list.map((c) => c.name).join(" ")}]`;
  const inits = initContainers.length > 0 ? ` or one of the init containers: ${names(initContainers)}` : "";
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: ${names(containers)}${inits}`);
}

/** The path of a container below an action of its agent. */
export function containerPath(action: string, pod: Pod, container: string): string {
  const { namespace = "", name } = pod.metadata;
  return `/${action}/${[namespace, name, container].map(encodeURIComponent).join("/")}`;
}
