import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from "@wherry/api";
import { forbidden } from "@wherry/base";
import type { Registry } from "@wherry/machinery";
import { type AnyObject, resourceName } from "../rest/context.ts";
import type { Write, WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { addLists, compareBounds, largerOf, type ResourceList, type Resources } from "./limit-bounds.ts";

const ANNOTATION = "kubernetes.io/limit-ranger";

/**
 * New pods get the requests and limits that their namespace's LimitRanges give to containers without; pods and claims beyond a bound are refused. Source:
 * upstream `plugin/pkg/admission/limitranger`.
 */
export function limitRanger(registry: Registry, cache: WatchCache): WriteStage {
  const pods = registry.byResource("", "v1", "pods");
  const claims = registry.byResource("", "v1", "persistentvolumeclaims");
  const ranges = registry.byResource("", "v1", "limitranges");
  if (!pods || !ranges) return {};
  const rangesIn = (namespace: string | undefined): LimitRange[] => {
    const resource = cache.resource(ranges);
    return [...resource.items(resource.prefix(namespace))].map((item) => item.object() as LimitRange);
  };
  const isNewPod = (write: Write) => write.kind === pods && write.operation === "create" && !write.subresource;
  const isClaim = (write: Write) => write.kind === claims && write.operation !== "delete" && !write.subresource;
  return {
    admit(write, object) {
      if (!isNewPod(write) || !object.spec) return;
      for (const range of rangesIn(write.namespace)) giveDefaults(object as unknown as Pod, range);
    },
    reserve(write, object) {
      if (object.metadata.deletionTimestamp || !(isNewPod(write) || isClaim(write))) return undefined;
      const broken = isClaim(write) ? claimErrors : podErrors;
      for (const range of rangesIn(write.namespace)) refuseIf(write, broken(object as never, range.spec?.limits ?? []));
      return undefined;
    },
  };
}

function refuseIf(write: Write, errors: readonly string[]): void {
  const distinct = [...new Set(errors)];
  const why = distinct.length === 1 ? distinct[0] : `[${distinct.join(", ")}]`;
  if (distinct.length > 0) throw forbidden(resourceName(write.kind), write.name, why as string);
}

/** Notes what it gave in an annotation, as upstream does. */
function giveDefaults(pod: Pod, { spec }: LimitRange): void {
  const items = (spec?.limits ?? []).filter(({ type }) => type === "Container");
  const requests = Object.assign({}, ...items.map((item) => item.defaultRequest)) as ResourceList;
  const limits = Object.assign({}, ...items.map((item) => item.default)) as ResourceList;
  const notes = [
    ...(pod.spec.containers ?? []).flatMap((c) => giveTo(c, { requests, limits }, "container")),
    ...(pod.spec.initContainers ?? []).flatMap((c) => giveTo(c, { requests, limits }, "init container")),
  ];
  if (notes.length > 0)
    (pod.metadata as AnyObject["metadata"]).annotations = {
      ...pod.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${notes.join("; ")}`,
    };
}

function giveTo(container: Container, defaults: Required<Resources>, what: string): string[] {
  const { limits, requests } = container.resources ?? {};
  // A limit without a request is a request, too: that goes before what the range gives.
  const asked = { ...limits, ...requests };
  const missing = (own: ResourceList | undefined, given: ResourceList) =>
    Object.keys(given)
      .filter((name) => own?.[name] === undefined)
      .sort();
  const [newRequests, newLimits] = [missing(asked, defaults.requests), missing(limits, defaults.limits)];
  if (newRequests.length + newLimits.length === 0) return [];
  container.resources = {
    ...container.resources,
    ...(newRequests.length > 0 && { requests: { ...defaults.requests, ...asked } }),
    ...(newLimits.length > 0 && { limits: { ...defaults.limits, ...limits } }),
  };
  return [
    ...(newRequests.length > 0 ? [`${newRequests.join(", ")} request for ${what} ${container.name}`] : []),
    ...(newLimits.length > 0 ? [`${newLimits.join(", ")} limit for ${what} ${container.name}`] : []),
  ];
}

function podErrors({ spec }: Pod, items: readonly LimitRangeItem[]): string[] {
  const { containers, initContainers = [] } = spec;
  const whole = (list: "requests" | "limits") => {
    const of = (c: Container) => c.resources?.[list] ?? {};
    return initContainers.map(of).reduce(largerOf, containers.map(of).reduce(addLists, {}));
  };
  return items.flatMap((item) => {
    if (item.type === "Container") return [...containers, ...initContainers].flatMap((c) => compareBounds(item, c.resources ?? {}));
    return item.type === "Pod" ? compareBounds(item, { requests: whole("requests"), limits: whole("limits") }) : [];
  });
}

function claimErrors({ spec }: PersistentVolumeClaim, items: readonly LimitRangeItem[]): string[] {
  const requests = spec?.resources?.requests ?? {};
  return items
    .filter(({ type }) => type === "PersistentVolumeClaim")
    .flatMap((item) => compareBounds(item, { requests }, { requestsOnly: true }));
}
