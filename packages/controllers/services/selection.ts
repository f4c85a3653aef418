import { Pod, Service } from "@wherry/api";
import { type ControllerContext, type Watch, watchOf } from "@wherry/engine";
import { deepEqual, keyOf } from "@wherry/machinery";

/** Files a pod under each of its labels, as `namespace/key=value`. */
const BY_LABEL = "namespacedLabel";
/** Files a service under one pair of its selector, as `namespace/key=value`. */
const BY_SELECTOR = "selectorPair";

const pair = (namespace: string | undefined, key: string, value: string) => `${namespace}/${key}=${value}`;

function labelPairs({ metadata }: Pod): readonly string[] {
  return Object.entries(metadata.labels ?? {}).map(([k, v]) => pair(metadata.namespace, k, v));
}

/** One pair is enough to find it: whoever it selects has that label. */
function selectorPair({ metadata, spec }: Service): readonly string[] {
  const rarest = rarestOf(spec?.selector);
  return rarest ? [pair(metadata.namespace, ...rarest)] : [];
}

/** The pair that is likely to be on the fewest pods: the longest. */
function rarestOf(selector: Readonly<Record<string, string>> | undefined): [string, string] | undefined {
  const length = ([k, v]: [string, string]) => k.length + v.length;
  return Object.entries(selector ?? {}).sort((a, b) => length(b) - length(a) || (a[0] < b[0] ? -1 : 1))[0];
}

/** Watches that wake the services (`namespace/name`) whose endpoints a change may touch. Their cost follows the services that select the pod. */
export const serviceWatches: readonly Watch[] = [
  watchOf({ kind: Service, indexes: { [BY_SELECTOR]: selectorPair }, wakes: (s) => [keyOf(s)] }),
  watchOf({ kind: Pod, indexes: { [BY_LABEL]: labelPairs }, wakes: (pod, { previous }, ctx) => wokenBy(pod, previous, ctx) }),
];

function wokenBy(pod: Pod, previous: Pod | undefined, ctx: ControllerContext): readonly string[] {
  if (previous && !mattersToServices(pod, previous)) return [];
  const services = [...servicesOf(pod, ctx), ...(previous ? servicesOf(previous, ctx) : [])];
  return services.map(keyOf);
}

/** The services that select the pod. */
function servicesOf(pod: Pod, ctx: ControllerContext): Service[] {
  const lister = ctx.lister(Service);
  return labelPairs(pod).flatMap((p) => lister.byIndex(BY_SELECTOR, p).filter((s) => selects(s, pod)));
}

function selects(service: Service, pod: Pod): boolean {
  const selector = Object.entries(service.spec?.selector ?? {});
  return selector.length > 0 && selector.every(([k, v]) => pod.metadata.labels?.[k] === v);
}

/** Whether anything changed that an endpoint shows. */
function mattersToServices(pod: Pod, previous: Pod): boolean {
  const shown = ({ metadata, spec, status }: Pod) => [
    metadata.labels,
    metadata.deletionTimestamp,
    spec.nodeName,
    status?.phase,
    status?.podIP,
    status?.podIPs,
    status?.conditions?.find((c) => c.type === "Ready")?.status,
  ];
  return !deepEqual(shown(pod), shown(previous));
}

/** The pods that the service selects, in order of their names. An empty selector selects none. */
export function podsOf(service: Service, ctx: ControllerContext): Pod[] {
  const [best] = selectorPair(service);
  if (best === undefined) return [];
  const pods = ctx.lister(Pod).byIndex(BY_LABEL, best);
  return pods.filter((pod) => selects(service, pod)).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
