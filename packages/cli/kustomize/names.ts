import { UsageError } from "../errors.ts";
import { contentHash } from "../verbs/create/content-hash.ts";
import { changeField, type FieldSpec, isFieldOf } from "./fields.ts";
import { type Data, groupOf, type Id, idOf, idsOf, isData, type Resource, rename } from "./resource.ts";

const NEVER_RENAMED = new Set(["CustomResourceDefinition", "APIService", "Namespace"]);

/** `namePrefix` and `nameSuffix`. */
export function addAffixes(
  all: readonly Resource[],
  { namePrefix = "", nameSuffix = "" }: { namePrefix?: string; nameSuffix?: string },
): void {
  if (!namePrefix && !nameSuffix) return;
  for (const resource of all) {
    resource.affixes.push(`${namePrefix}|${nameSuffix}`);
    if (!NEVER_RENAMED.has(resource.object.kind)) rename(resource, { name: `${namePrefix}${resource.object.metadata.name}${nameSuffix}` });
  }
}

/** Ends the names of generated objects with a hash of what is in them. Source: kustomize's api/hasher. */
export function addHashes(all: readonly Resource[]): void {
  for (const resource of all.filter(({ hashed }) => hashed)) {
    const { kind, metadata, type, data, binaryData } = resource.object;
    const fields = kind === "Secret" ? { kind, type: type ?? "", name: "", data: data ?? "" } : { kind, name: "", data: data ?? "" };
    rename(resource, { name: `${metadata.name}-${contentHash({ ...fields, ...(binaryData ? { binaryData } : {}) })}` });
  }
}

/** Where pods are described. */
const POD_SPECS: Readonly<Record<string, string>> = {
  ...{ Pod: "spec", PodTemplate: "template/spec", CronJob: "spec/jobTemplate/spec/template/spec" },
  ...Object.fromEntries(
    ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "ReplicationController"].map((kind) => [kind, "spec/template/spec"]),
  ),
};

const inPods = (...paths: string[]): FieldSpec[] =>
  Object.entries(POD_SPECS).flatMap(([kind, spec]) => paths.map((path) => ({ kind, path: `${spec}/${path}` })));

const inContainers = (...paths: string[]): string[] =>
  ["containers", "initContainers"].flatMap((list) => paths.map((path) => `${list}/${path}`));

const of = (kind: string, ...paths: string[]): FieldSpec[] => paths.map((path) => ({ kind, path }));

/** Which fields name an object of a kind. Source: kustomize's api/internal/konfig/builtinpluginconsts/namereference.go. */
const REFERENCES: readonly { kind: string; group?: string; fields: FieldSpec[] }[] = [
  ...["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map((kind) => ({
    kind,
    fields: of("HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
  })),
  {
    kind: "ConfigMap",
    fields: [
      ...inPods("volumes/configMap/name", "volumes/projected/sources/configMap/name"),
      ...inPods(...inContainers("env/valueFrom/configMapKeyRef/name", "envFrom/configMapRef/name")),
      ...of("Node", "spec/configSource/configMap/name"),
      ...[...of("Role", "rules/resourceNames"), ...of("ClusterRole", "rules/resourceNames")],
      ...of("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    ],
  },
  {
    kind: "Secret",
    fields: [
      ...inPods("volumes/secret/secretName", "volumes/projected/sources/secret/name", "imagePullSecrets/name"),
      ...inPods(...inContainers("env/valueFrom/secretKeyRef/name", "envFrom/secretRef/name")),
      ...of(
        "Ingress",
        "spec/tls/secretName",
        ...["ingress", "nginx.ingress"].map((i) => `metadata/annotations/${i}.kubernetes.io\\/auth-secret`),
      ),
      ...of("Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
      ...of("ServiceAccount", "imagePullSecrets/name"),
      ...of("StorageClass", ...["secretName", "adminSecretName", "userSecretName", "secretRef"].map((name) => `parameters/${name}`)),
      ...[
        ...of("Role", "rules/resourceNames"),
        ...of("ClusterRole", "rules/resourceNames"),
        ...of("PersistentVolume", "spec/azureFile/secretName"),
      ],
    ],
  },
  {
    kind: "Service",
    fields: [
      ...of("StatefulSet", "spec/serviceName"),
      ...of("Ingress", "spec/rules/http/paths/backend/serviceName", "spec/backend/serviceName"),
      ...of("Ingress", "spec/rules/http/paths/backend/service/name", "spec/defaultBackend/service/name"),
      ...of("APIService", "spec/service/name"),
      ...[
        ...of("ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
        ...of("MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
      ],
    ],
  },
  { kind: "Role", group: "rbac.authorization.k8s.io", fields: of("RoleBinding", "roleRef/name") },
  {
    kind: "ClusterRole",
    group: "rbac.authorization.k8s.io",
    fields: [...of("RoleBinding", "roleRef/name"), ...of("ClusterRoleBinding", "roleRef/name")],
  },
  {
    kind: "ServiceAccount",
    fields: [...of("RoleBinding", "subjects"), ...of("ClusterRoleBinding", "subjects"), ...inPods("serviceAccountName")],
  },
  { kind: "PersistentVolumeClaim", fields: inPods("volumes/persistentVolumeClaim/claimName") },
  { kind: "PersistentVolume", fields: [...of("PersistentVolumeClaim", "spec/volumeName"), ...of("ClusterRole", "rules/resourceNames")] },
  {
    kind: "StorageClass",
    group: "storage.k8s.io",
    fields: [
      ...of("PersistentVolume", "spec/storageClassName"),
      ...of("PersistentVolumeClaim", "spec/storageClassName"),
      ...of("StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ],
  },
  { kind: "PriorityClass", group: "scheduling.k8s.io", fields: inPods("priorityClassName") },
  { kind: "IngressClass", group: "networking.k8s.io", fields: of("Ingress", "spec/ingressClassName") },
];

/** Lets every field that names a renamed object name it as it is called now. Throws a UsageError where several could be meant. */
export function fixReferences(all: readonly Resource[], namespaced: (resource: Resource) => boolean): void {
  for (const { kind, group, fields } of REFERENCES) {
    const referred = all.filter(({ object }) => object.kind === kind && (group === undefined || groupOf(object.apiVersion) === group));
    if (!referred.length) continue;
    for (const spec of fields) {
      for (const referrer of all.filter((one) => isFieldOf(spec, one)))
        changeField(referrer, spec, (value) => referredTo(value, { kind, referred, referrer, namespaced }));
    }
  }
}

interface Question {
  kind: string;
  referred: readonly Resource[];
  referrer: Resource;
  namespaced(resource: Resource): boolean;
}

function referredTo(value: unknown, question: Question): unknown {
  if (Array.isArray(value)) return value.map((item) => referredTo(item, question));
  if (typeof value === "string") {
    if (
      question.referrer.object.roleRef &&
      (question.referrer.object.roleRef as Data).kind !== question.kind &&
      question.kind.endsWith("Role")
    )
      return value;
    return find(value, undefined, question)?.object.metadata.name ?? value;
  }
  if (!isData(value) || typeof value.name !== "string") return value;
  const found = find(value.name, typeof value.namespace === "string" ? value.namespace : undefined, question);
  if (!found) return value;
  const { name, namespace } = found.object.metadata;
  return { ...value, name, ...(namespace && { namespace }) };
}

/** The object that had this name, in the namespace of the one that names it, and of the same kustomization where there are several. */
function find(name: string, namespace: string | undefined, { referred, referrer, namespaced, kind }: Question): Resource | undefined {
  const called = referred.filter((one) =>
    idsOf(one).some((id) => id.name === name && (namespace === undefined || place(id) === (namespace || "default"))),
  );
  const near =
    namespace === undefined && namespaced(referrer) && called.some(namespaced)
      ? called.filter((one) => place(idOf(one)) === place(idOf(referrer)))
      : called;
  const sisters = near.filter(({ affixes }) => affixes.join() === referrer.affixes.join());
  const best = sisters.length ? sisters : near;
  const names = new Set(best.map(({ object }) => object.metadata.name));
  if (names.size > 1)
    throw new UsageError(`found multiple possible referrals: ${kind} ${JSON.stringify(name)} is one of ${[...names].join(", ")}`);
  return best[0];
}

const place = ({ namespace }: Id): string => namespace || "default";
