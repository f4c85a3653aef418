import { badRequest } from "@wherry/base";
import type { ContainerAddress, PodAddress } from "./container-finder.ts";

/** What a path of the agent's means. */
export type Route =
  | { action: "healthz" }
  | { action: "containerLogs" | "exec" | "attach"; address: ContainerAddress }
  | { action: "portForward" | "podConnect"; address: PodAddress };

const OF_CONTAINERS = ["containerLogs", "exec", "attach"] as const;

/** Reads a path, such as `/exec/NAMESPACE/POD/CONTAINER`; undefined when nothing is there. Throws BadRequest on one that is malformed. */
export function routeOf(path: string): Route | undefined {
  if (path === "/healthz") return { action: "healthz" };
  const [, name, namespace, pod, container, ...rest] = path.split("/").map(decode);
  if ((name === "portForward" || name === "podConnect") && namespace && pod && container === undefined)
    return { action: name, address: { namespace, pod } };
  const action = OF_CONTAINERS.find((known) => known === name);
  if (!action || !namespace || !pod || !container || rest.length) return undefined;
  return { action, address: { namespace, pod, container } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badRequest(`malformed path: ${text}`);
  }
}
