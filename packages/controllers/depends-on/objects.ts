import {
  DaemonSet,
  type Dependency,
  type DependencyKind,
  Deployment,
  dependenciesOf,
  dependencyName,
  EndpointSlice,
  Job,
  Pod,
  type PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
  Service,
  StatefulSet,
  waitsForDependencies,
} from "@wherry/api";
import { type ControllerContext, type Watch, watchOf } from "@wherry/engine";
import { type ApiObject, controllerOf, type KindDefinition, keyOf, labelSelectorOf } from "@wherry/machinery";
import { SERVICE_NAME } from "../endpointslices/plan.ts";
import { asReplicaSet } from "../replication-controller/index.ts";
import { daemonSetUnready, deploymentUnready, jobUnready, podUnready, replicasUnready, serviceUnready, type Unready } from "./readiness.ts";

/** Files a gated pod under what it waits for. */
const WAITING_FOR = "waitingFor";
/** Files a gated pod under its namespace. */
const GATED = "gatedInNamespace";
/** Files a slice under its service. */
const OF_SERVICE = "sliceOfService";

const fileOf = (kind: string, namespace: string | undefined, name: string) => `${kind}/${namespace}/${name}`;

/** How a kind of dependency is looked at. */
interface DependencyType {
  kind: KindDefinition<ApiObject>;
  unready: (object: ApiObject, ctx: ControllerContext) => Unready;
  /** The metadata of the pods that are part of it. */
  parts: (object: ApiObject, ctx: ControllerContext) => readonly PodTemplateSpec["metadata"][];
}

/** Says how one kind is looked at, with the type of its objects. */
function typeOf<O extends ApiObject>(
  kind: KindDefinition<O>,
  unready: (object: O, ctx: ControllerContext) => Unready,
  parts: (object: O, ctx: ControllerContext) => readonly PodTemplateSpec["metadata"][],
): DependencyType {
  return { kind, unready, parts } as unknown as DependencyType;
}

const templateOf = ({ spec }: ApiObject & { spec?: { template?: PodTemplateSpec } }) => [spec?.template?.metadata];

const TYPES: Readonly<Record<DependencyKind, DependencyType>> = {
  DaemonSet: typeOf(DaemonSet, daemonSetUnready, templateOf),
  Deployment: typeOf(Deployment, deploymentUnready, templateOf),
  Job: typeOf(Job, jobUnready, templateOf),
  Pod: typeOf(Pod, podUnready, (pod) => [pod.metadata]),
  ReplicaSet: typeOf(ReplicaSet, replicasUnready, templateOf),
  ReplicationController: typeOf(ReplicationController, (rc) => replicasUnready(asReplicaSet(rc)), templateOf),
  Service: typeOf(
    Service,
    (service, ctx) => serviceUnready(service, slicesOf(service, ctx)),
    (service, ctx) => gatedPodsOf(service, ctx).map(({ metadata }) => metadata),
  ),
  StatefulSet: typeOf(StatefulSet, replicasUnready, templateOf),
};

/** Watches that wake the gated pods (`namespace/name`) that wait for what changed. Their cost follows these pods. */
export const dependencyWatches: readonly Watch[] = [
  watchOf({
    kind: Pod,
    indexes: {
      [WAITING_FOR]: (pod) => (waitsForDependencies(pod) ? dependenciesOf(pod.metadata).map((d) => dependencyFile(d, pod)) : []),
      [GATED]: (pod) => (waitsForDependencies(pod) ? [pod.metadata.namespace ?? ""] : []),
    },
    wakes: (pod, { gone }, ctx) => [...(!gone && waitsForDependencies(pod) ? [keyOf(pod)] : []), ...waiting(Pod.kind, pod, ctx)],
  }),
  watchOf({
    kind: EndpointSlice,
    indexes: { [OF_SERVICE]: (slice) => [fileOf(Service.kind, slice.metadata.namespace, serviceOf(slice))] },
    wakes: (slice, _, ctx) => waitingFor(fileOf(Service.kind, slice.metadata.namespace, serviceOf(slice)), ctx),
  }),
  ...Object.values(TYPES)
    .filter(({ kind }) => (kind as unknown) !== Pod)
    .map(({ kind }) => watchOf({ kind, wakes: (object, _, ctx) => waiting(kind.kind, object, ctx) })),
];

const dependencyFile = ({ kind, name }: Dependency, pod: Pod) => fileOf(kind, pod.metadata.namespace, name);
const serviceOf = (slice: EndpointSlice) => slice.metadata.labels?.[SERVICE_NAME] ?? "";
const waiting = (kind: string, { metadata }: ApiObject, ctx: ControllerContext) =>
  waitingFor(fileOf(kind, metadata.namespace, metadata.name), ctx);
const waitingFor = (file: string, ctx: ControllerContext) => ctx.lister(Pod).byIndex(WAITING_FOR, file).map(keyOf);

function slicesOf({ metadata }: Service, ctx: ControllerContext): readonly EndpointSlice[] {
  return ctx.lister(EndpointSlice).byIndex(OF_SERVICE, fileOf(Service.kind, metadata.namespace, metadata.name));
}

function gatedPodsOf(service: Service, ctx: ControllerContext): Pod[] {
  const gated = ctx.lister(Pod).byIndex(GATED, service.metadata.namespace ?? "");
  return gated.filter((pod) => selects(service, pod));
}

function selects({ spec }: Service, pod: Pod): boolean {
  const selector = spec?.selector ?? {};
  return Object.keys(selector).length > 0 && labelSelectorOf(selector).matches(pod.metadata.labels);
}

function find({ kind, name }: Dependency, namespace: string, ctx: ControllerContext): ApiObject | undefined {
  return ctx.lister(TYPES[kind].kind).get(name, namespace);
}

/** Why a dependency of a pod in this namespace is not ready; undefined when it is. */
export function unready(dependency: Dependency, namespace: string, ctx: ControllerContext): Unready {
  const object = find(dependency, namespace, ctx);
  if (!object) return "not found";
  return object.metadata.deletionTimestamp ? "being deleted" : TYPES[dependency.kind].unready(object, ctx);
}

/** What the pods of a dependency depend on themselves. */
export function furtherDependencies(dependency: Dependency, namespace: string, ctx: ControllerContext): Dependency[] {
  const object = find(dependency, namespace, ctx);
  return object ? TYPES[dependency.kind].parts(object, ctx).flatMap(dependenciesOf) : [];
}

/** Whether the pod is the dependency, or made by it, or selected by it. */
export function isPartOf(pod: Pod, dependency: Dependency, ctx: ControllerContext): boolean {
  const { namespace = "", name } = pod.metadata;
  if (dependency.kind === "Service") {
    const service = ctx.lister(Service).get(dependency.name, namespace);
    return service !== undefined && selects(service, pod);
  }
  const owner = controllerOf(pod);
  const above = owner?.kind === ReplicaSet.kind ? ctx.lister(ReplicaSet).get(owner.name, namespace) : undefined;
  const chain = [{ kind: Pod.kind, name }, owner, above && controllerOf(above)];
  return chain.some((link) => link && `${link.kind.toLowerCase()}/${link.name}` === dependencyName(dependency));
}
