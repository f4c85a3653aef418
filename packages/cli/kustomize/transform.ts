import { UsageError } from "../errors.ts";
import { changeField, type FieldSpec } from "./fields.ts";
import type { Kustomization } from "./kustomization.ts";
import { type Data, groupOf, idsOf, isData, type Resource, rename } from "./resource.ts";

/** `namespace`: of every object that can have one, of Namespaces themselves, and of what binds the default service account. */
export function setNamespace(all: readonly Resource[], namespace: string | undefined, namespaced: (resource: Resource) => boolean): void {
  if (!namespace) return;
  for (const resource of all) {
    const { kind, apiVersion, subjects } = resource.object;
    if (namespaced(resource)) rename(resource, { namespace });
    if (kind === "Namespace" && apiVersion === "v1") rename(resource, { name: namespace });
    for (const path of ["spec/service/namespace"]) changeField(resource, { path, kind: "APIService", create: true }, () => namespace);
    changeField(
      resource,
      { path: "spec/conversion/webhook/clientConfig/service/namespace", kind: "CustomResourceDefinition" },
      () => namespace,
    );
    if (!kind.endsWith("RoleBinding") || groupOf(apiVersion) !== "rbac.authorization.k8s.io" || !Array.isArray(subjects)) continue;
    for (const subject of subjects as Data[])
      if (subject.kind === "ServiceAccount" && subject.name === "default") subject.namespace = namespace;
  }
}

const TEMPLATED = ["ReplicationController", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"];

/** The metadata of what a kind makes: pods, jobs, claims. */
const templates = (field: "labels" | "annotations"): FieldSpec[] => [
  ...TEMPLATED.map((kind) => ({ kind, path: `spec/template/metadata/${field}`, create: true })),
  { kind: "CronJob", path: `spec/jobTemplate/metadata/${field}`, create: true },
  { kind: "CronJob", path: `spec/jobTemplate/spec/template/metadata/${field}`, create: true },
];

const AFFINITIES = ["podAffinity", "podAntiAffinity"].flatMap((kind) => [
  `affinity/${kind}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `affinity/${kind}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
]);

/** Source: kustomize's api/internal/konfig/builtinpluginconsts/commonlabels.go. */
const SELECTORS: readonly FieldSpec[] = [
  { path: "spec/selector", create: true, version: "v1", kind: "Service" },
  { path: "spec/selector", create: true, version: "v1", kind: "ReplicationController" },
  ...["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].map((kind) => ({ path: "spec/selector/matchLabels", create: true, kind })),
  ...["Deployment", "StatefulSet"].flatMap((kind) =>
    [...AFFINITIES, "topologySpreadConstraints/labelSelector/matchLabels"].map((path) => ({
      kind,
      path: `spec/template/spec/${path}`,
      group: "apps",
    })),
  ),
  { path: "spec/volumeClaimTemplates[]/metadata/labels", create: true, kind: "StatefulSet", group: "apps" },
  { path: "spec/selector/matchLabels", kind: "Job", group: "batch" },
  { path: "spec/jobTemplate/spec/selector/matchLabels", kind: "CronJob", group: "batch" },
  { path: "spec/selector/matchLabels", kind: "PodDisruptionBudget", group: "policy" },
  ...["podSelector", "ingress/from/podSelector", "egress/to/podSelector"].map((path) => ({
    path: `spec/${path}/matchLabels`,
    kind: "NetworkPolicy",
    group: "networking.k8s.io",
  })),
];

/** `commonLabels` and `labels`. */
export function addLabels(all: readonly Resource[], { commonLabels, labels = [] }: Kustomization): void {
  for (const { pairs, includeSelectors, includeTemplates } of [
    ...labels,
    ...(commonLabels ? [{ pairs: commonLabels, includeSelectors: true, includeTemplates: true }] : []),
  ]) {
    const fields: FieldSpec[] = [{ path: "metadata/labels", create: true }];
    if (includeSelectors || includeTemplates) fields.push(...templates("labels"));
    if (includeSelectors) fields.push(...SELECTORS);
    else if (includeTemplates)
      fields.push({ path: "spec/volumeClaimTemplates[]/metadata/labels", create: true, kind: "StatefulSet", group: "apps" });
    add(all, pairs, fields);
  }
}

/** `commonAnnotations`. */
export function addAnnotations(all: readonly Resource[], { commonAnnotations }: Kustomization): void {
  add(all, commonAnnotations, [{ path: "metadata/annotations", create: true }, ...templates("annotations")]);
}

function add(all: readonly Resource[], pairs: Record<string, string> | undefined, fields: readonly FieldSpec[]): void {
  if (!pairs || !Object.keys(pairs).length) return;
  const texts = Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, String(value)]));
  for (const resource of all)
    for (const spec of fields) changeField(resource, spec, (value) => ({ ...(value as Data | undefined), ...texts }));
}

/** Kinds whose number of replicas can be set. */
const SCALED: readonly FieldSpec[] = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) => ({
  kind,
  path: "spec/replicas",
  create: true,
}));

/** `replicas`. Throws a UsageError when none has such a name. */
export function setReplicas(all: readonly Resource[], { replicas = [] }: Kustomization): void {
  for (const { name, count = 0 } of replicas) {
    const named = all.filter((one) => SCALED.some(({ kind }) => kind === one.object.kind) && idsOf(one).some((id) => id.name === name));
    if (!named.length)
      throw new UsageError(
        `resource with name ${name} does not match a config with the following GVK [${SCALED.map(({ kind }) => `${kind}.[noVer].[noGrp]`).join(" ")}]`,
      );
    for (const resource of named) for (const spec of SCALED) changeField(resource, spec, () => count);
  }
}

/** `images`: of all containers, wherever a manifest has some; and as kustomize does, of those of pods and of pod templates once more, which a suffix shows. */
export function setImages(all: readonly Resource[], { images = [] }: Kustomization): void {
  for (const image of images) {
    for (const { object } of all.filter((one) => one.object.kind !== "CustomResourceDefinition")) {
      visitContainers(object, (container) => setImage(container, image));
      const spec = isData(object.spec) ? object.spec : {};
      const inner = isData(spec.template) && isData(spec.template.spec) ? spec.template.spec : {};
      for (const { containers, initContainers } of [spec, inner])
        visitContainers({ containers, initContainers }, (container) => setImage(container, image));
    }
  }
}

function visitContainers(value: unknown, visit: (container: Data) => void): void {
  if (Array.isArray(value)) for (const item of value) visitContainers(item, visit);
  if (!isData(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if ((key === "containers" || key === "initContainers") && Array.isArray(child)) for (const item of child) if (isData(item)) visit(item);
    visitContainers(child, visit);
  }
}

type Image = NonNullable<Kustomization["images"]>[number];

/** Source: kustomize's api/filters/imagetag/updater.go and api/image/image.go. */
function setImage(container: Data, { name = "", newName, newTag, digest, tagSuffix }: Image): void {
  if (typeof container.image !== "string") return;
  const [, own = "", tag, hash] = /^(.+?)(?::([a-zA-Z0-9_.{}-]*))?(?:@(sha256:[a-zA-Z0-9_.{}-]*))?$/.exec(container.image) ?? [];
  if (!new RegExp(`^${name}$`).test(own) && own !== name) return;
  const wanted = newName || own;
  if (digest) container.image = `${wanted}@${digest}`;
  else if (newTag) container.image = `${wanted}:${newTag}`;
  else if (tagSuffix) container.image = `${wanted}:${tag ?? ""}${tagSuffix}`;
  else container.image = `${wanted}${tag === undefined ? "" : `:${tag}`}${hash === undefined ? "" : `@${hash}`}`;
}
