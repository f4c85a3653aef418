import type { Pod, PriorityClass } from "@wherry/api";
import { forbidden } from "@wherry/base";
import type { KindDefinition, Registry } from "@wherry/machinery";
import { resourceName } from "../rest/context.ts";
import type { Write, WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

/**
 * A new pod gets the priority of its class, or of the default class; one class at most is the default. Source: upstream
 * `plugin/pkg/admission/priority`.
 */
export function priority(registry: Registry, cache: WatchCache): WriteStage {
  const pods = registry.byResource("", "v1", "pods");
  const classes = registry.byResource("scheduling.k8s.io", "v1", "priorityclasses");
  if (!pods || !classes) return {};
  return {
    admit(write, object) {
      if (write.operation === "delete" || write.subresource) return;
      if (write.kind === classes) refuseSecondDefault(write, object as unknown as PriorityClass, defaultClass(cache, classes));
      if (write.kind !== pods || write.operation !== "create" || !object.spec) return;
      const pod = object as unknown as Pod;
      prioritize(write, pod, classOf(cache, classes, write, pod));
    },
  };
}

/** Of several defaults the one with the lowest priority counts. */
function defaultClass(cache: WatchCache, classes: KindDefinition): PriorityClass | undefined {
  const all = [...cache.resource(classes).items()].map((item) => item.object() as PriorityClass);
  return all.filter((c) => c.globalDefault).toSorted((a, b) => a.value - b.value)[0];
}

function refuseSecondDefault(write: Write, wanted: PriorityClass, current: PriorityClass | undefined): void {
  if (!wanted.globalDefault || !current || current.metadata.name === wanted.metadata.name) return;
  const why = `PriorityClass ${current.metadata.name} is already marked as default. Only one default can exist`;
  throw forbidden(resourceName(write.kind), write.name, why);
}

function classOf(cache: WatchCache, classes: KindDefinition, write: Write, pod: Pod): PriorityClass | undefined {
  const name = pod.spec.priorityClassName;
  if (!name) return defaultClass(cache, classes);
  const resource = cache.resource(classes);
  const item = resource.get(resource.root + name);
  if (!item) throw forbidden(resourceName(write.kind), write.name, `no PriorityClass with name ${name} was found`);
  return item.object() as PriorityClass;
}

function prioritize(write: Write, pod: Pod, found: PriorityClass | undefined): void {
  const { value = 0, preemptionPolicy = "PreemptLowerPriority" } = found ?? {};
  const refuse = (what: string, given: unknown, computed: unknown) => {
    const why = `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
    return forbidden(resourceName(write.kind), write.name, why);
  };
  const { priority: given, preemptionPolicy: policy } = pod.spec;
  if (given !== undefined && given !== value) throw refuse("integer value of priority", given, value);
  if (policy !== undefined && policy !== preemptionPolicy) throw refuse("string value of PreemptionPolicy", policy, preemptionPolicy);
  pod.spec.priority = value;
  pod.spec.preemptionPolicy = preemptionPolicy;
  if (found) pod.spec.priorityClassName = found.metadata.name;
}
