import type { ApiObject } from "@wherry/machinery";
import { splitApiVersion } from "../../discovery.ts";
import { UsageError } from "../../errors.ts";

/** The parts of a container that `set` changes. */
export interface Container {
  name: string;
  image?: string;
  env?: { name: string; value?: string; valueFrom?: object }[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
}

/** The parts of a pod's spec that `set` changes. */
export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  serviceAccountName?: string;
  serviceAccount?: string;
}

interface Templated {
  spec?: PodSpec & { template?: { spec?: PodSpec }; jobTemplate?: { spec?: { template?: { spec?: PodSpec } } } };
}

/** The pod spec inside an object: a pod's own, or that of a workload's template. Throws a UsageError when it has none. */
export function podSpecOf(object: ApiObject): PodSpec {
  const { spec } = object as Templated;
  const found = object.kind === "Pod" ? spec : (spec?.jobTemplate?.spec?.template?.spec ?? spec?.template?.spec);
  if (!found?.containers) {
    const [group, version] = splitApiVersion(object.apiVersion);
    const label = `${object.kind.toLowerCase()}${group && `.${group}`}/${object.metadata.name}`;
    throw new UsageError(`${label} the object is not a pod or does not have a pod template: *${version}.${object.kind}\n`);
  }
  return found;
}

/** The containers whose name matches: `*`, `web`, `side*`. */
export function matching(containers: readonly Container[], pattern: string): Container[] {
  const expression = new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
  return containers.filter((c) => expression.test(c.name));
}
