import type { ApiObject } from "@wherry/machinery";
import type { Description } from "./description.ts";
import type { Surroundings } from "./surroundings.ts";

/** Writes what there is to tell about an object. */
export type Describer = (d: Description, object: never, around: Surroundings) => Promise<void> | void;

type Load = () => Promise<{ describe: Describer }>;

/** By group and kind, of whatever version. */
const DESCRIBERS: Readonly<Record<string, Load>> = {
  "/ConfigMap": () => import("./configmap.ts"),
  "/Endpoints": () => import("./endpoints.ts"),
  "/LimitRange": () => import("./limitrange.ts"),
  "/Namespace": () => import("./namespace.ts"),
  "/Node": () => import("./node.ts"),
  "/PersistentVolume": () => import("./persistentvolume.ts"),
  "/PersistentVolumeClaim": () => import("./persistentvolumeclaim.ts"),
  "/Pod": () => import("./pod.ts"),
  "/ReplicationController": () => import("./replicationcontroller.ts"),
  "/ResourceQuota": () => import("./resourcequota.ts"),
  "/Secret": () => import("./secret.ts"),
  "/Service": () => import("./service.ts"),
  "/ServiceAccount": () => import("./serviceaccount.ts"),
  "apps/DaemonSet": () => import("./daemonset.ts"),
  "apps/Deployment": () => import("./deployment.ts"),
  "apps/ReplicaSet": () => import("./replicaset.ts"),
  "apps/StatefulSet": () => import("./statefulset.ts"),
  "autoscaling/HorizontalPodAutoscaler": () => import("./horizontalpodautoscaler.ts"),
  "batch/CronJob": () => import("./cronjob.ts"),
  "batch/Job": () => import("./job.ts"),
  "certificates.k8s.io/CertificateSigningRequest": () => import("./certificatesigningrequest.ts"),
  "discovery.k8s.io/EndpointSlice": () => import("./endpointslice.ts"),
  "networking.k8s.io/Ingress": () => import("./ingress.ts"),
  "networking.k8s.io/IngressClass": () => import("./ingressclass.ts"),
  "networking.k8s.io/NetworkPolicy": () => import("./networkpolicy.ts"),
  "policy/PodDisruptionBudget": () => import("./poddisruptionbudget.ts"),
  "rbac.authorization.k8s.io/ClusterRole": () => import("./role.ts"),
  "rbac.authorization.k8s.io/ClusterRoleBinding": () => import("./rolebinding.ts"),
  "rbac.authorization.k8s.io/Role": () => import("./role.ts"),
  "rbac.authorization.k8s.io/RoleBinding": () => import("./rolebinding.ts"),
  "scheduling.k8s.io/PriorityClass": () => import("./priorityclass.ts"),
  "storage.k8s.io/CSINode": () => import("./csinode.ts"),
  "storage.k8s.io/StorageClass": () => import("./storageclass.ts"),
};

/** How an object is described: by what is known of its kind, else by all its fields. */
export async function describerOf({ apiVersion, kind }: ApiObject): Promise<Describer> {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const load: Load = DESCRIBERS[`${group}/${kind}`] ?? (() => import("./generic.ts"));
  return (await load()).describe;
}
