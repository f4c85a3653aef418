export * from "./definitions.ts";
export type * from "./generated/types.ts";
export { MutatingWebhookConfiguration } from "./kinds/admissionregistration/mutatingwebhookconfiguration.ts";
export { ValidatingAdmissionPolicy } from "./kinds/admissionregistration/validatingadmissionpolicy.ts";
export { ValidatingAdmissionPolicyBinding } from "./kinds/admissionregistration/validatingadmissionpolicybinding.ts";
export { ValidatingWebhookConfiguration } from "./kinds/admissionregistration/validatingwebhookconfiguration.ts";
export { type CustomKinds, customKinds } from "./kinds/apiextensions/custom-kind.ts";
export { approvalCondition } from "./kinds/apiextensions/customresourcedefinition/approval.ts";
export { CLEANUP_FINALIZER, CustomResourceDefinition } from "./kinds/apiextensions/customresourcedefinition.ts";
export { APIService } from "./kinds/apiregistration/apiservice.ts";
export { ControllerRevision } from "./kinds/apps/controllerrevision.ts";
export { DaemonSet } from "./kinds/apps/daemonset.ts";
export { Deployment } from "./kinds/apps/deployment.ts";
export { ReplicaSet } from "./kinds/apps/replicaset.ts";
export { StatefulSet } from "./kinds/apps/statefulset.ts";
export { SelfSubjectReview } from "./kinds/authentication/selfsubjectreview.ts";
export { TokenRequest } from "./kinds/authentication/tokenrequest.ts";
export { TokenReview } from "./kinds/authentication/tokenreview.ts";
export { LocalSubjectAccessReview } from "./kinds/authorization/localsubjectaccessreview.ts";
export { SelfSubjectAccessReview } from "./kinds/authorization/selfsubjectaccessreview.ts";
export { SelfSubjectRulesReview } from "./kinds/authorization/selfsubjectrulesreview.ts";
export { SubjectAccessReview } from "./kinds/authorization/subjectaccessreview.ts";
export { HorizontalPodAutoscaler } from "./kinds/autoscaling/horizontalpodautoscaler.ts";
export { HorizontalPodAutoscalerV1 } from "./kinds/autoscaling/horizontalpodautoscaler-v1.ts";
export { type CronSchedule, type EverySchedule, parseCron } from "./kinds/batch/cronjob/cron.ts";
export { CronJob } from "./kinds/batch/cronjob.ts";
export { Job } from "./kinds/batch/job.ts";
export { CertificateSigningRequest } from "./kinds/certificates/certificatesigningrequest.ts";
export * from "./kinds/conditions.ts";
export { Lease } from "./kinds/coordination/lease.ts";
export { Binding } from "./kinds/core/binding.ts";
export { ComponentStatus } from "./kinds/core/componentstatus.ts";
export { ConfigMap } from "./kinds/core/configmap.ts";
export { Endpoints } from "./kinds/core/endpoints.ts";
export { Event } from "./kinds/core/event.ts";
export { LimitRange } from "./kinds/core/limitrange.ts";
export { NAMESPACE_FINALIZER, Namespace } from "./kinds/core/namespace.ts";
export { isNodeReady, Node, nodeAddress } from "./kinds/core/node.ts";
export { matchesNodeSelectorTerm } from "./kinds/core/node-selector.ts";
export * from "./kinds/core/persistentvolume/local-path.ts";
export * from "./kinds/core/persistentvolume/match.ts";
export { PersistentVolume } from "./kinds/core/persistentvolume.ts";
export { PersistentVolumeClaim } from "./kinds/core/persistentvolumeclaim.ts";
export { claimNameOf, claimsOfPod } from "./kinds/core/pod/claim-name.ts";
export { summarizePod } from "./kinds/core/pod/columns.ts";
export { isRestartableInit } from "./kinds/core/pod/container.ts";
export {
  DEPENDS_ON,
  type Dependency,
  type DependencyKind,
  dependenciesOf,
  dependencyName,
  waitsForDependencies,
} from "./kinds/core/pod/depends-on.ts";
export { splitSubscript } from "./kinds/core/pod/downward.ts";
export { isPodActive, isPodAvailable, isPodReady, isPodScheduled, isPodTerminal } from "./kinds/core/pod/lifecycle.ts";
export { podQOSClass } from "./kinds/core/pod/qos.ts";
export { type Amounts, podLimits, podRequests } from "./kinds/core/pod/requests.ts";
export { toleratesTaint } from "./kinds/core/pod/toleration.ts";
export { sourcesOf, type VolumeSource } from "./kinds/core/pod/volume.ts";
export { Pod } from "./kinds/core/pod.ts";
export { PodTemplate } from "./kinds/core/podtemplate.ts";
export { ReplicationController } from "./kinds/core/replicationcontroller.ts";
export { ResourceQuota } from "./kinds/core/resourcequota.ts";
export { amounts, canonical, type ResourceList } from "./kinds/core/resources.ts";
export { Secret } from "./kinds/core/secret.ts";
export {
  isExternallyAccessible,
  isHeadless,
  needsClusterIP,
  needsHealthCheckNodePort,
  needsNodePort,
  nodePortsOf,
} from "./kinds/core/service/type.ts";
export { Service } from "./kinds/core/service.ts";
export { ServiceAccount } from "./kinds/core/serviceaccount.ts";
export { storageClassOf } from "./kinds/core/storage-class-name.ts";
export { newestDefault } from "./kinds/default-class.ts";
export { EndpointSlice } from "./kinds/discovery/endpointslice.ts";
export { EventsV1Event } from "./kinds/events/event.ts";
export { FlowSchema } from "./kinds/flowcontrol/flowschema.ts";
export { PriorityLevelConfiguration } from "./kinds/flowcontrol/prioritylevelconfiguration.ts";
export { INERT_FIELDS } from "./kinds/inert-fields.ts";
export { INGRESS_CLASS_ANNOTATION, Ingress } from "./kinds/networking/ingress.ts";
export { DEFAULT_CLASS_ANNOTATION, IngressClass } from "./kinds/networking/ingressclass.ts";
export { NetworkPolicy } from "./kinds/networking/networkpolicy.ts";
export { RuntimeClass } from "./kinds/node/runtimeclass.ts";
export { NOT_ACTED_ON } from "./kinds/not-acted-on.ts";
export { Eviction } from "./kinds/policy/eviction.ts";
export { PodDisruptionBudget } from "./kinds/policy/poddisruptionbudget.ts";
export { ClusterRole } from "./kinds/rbac/clusterrole.ts";
export { ClusterRoleBinding } from "./kinds/rbac/clusterrolebinding.ts";
export { Role } from "./kinds/rbac/role.ts";
export { RoleBinding } from "./kinds/rbac/rolebinding.ts";
export { PriorityClass, SYSTEM_PRIORITY_CLASSES } from "./kinds/scheduling/priorityclass.ts";
export { CSIDriver } from "./kinds/storage/csidriver.ts";
export { CSINode } from "./kinds/storage/csinode.ts";
export { CSIStorageCapacity } from "./kinds/storage/csistoragecapacity.ts";
export { isDefaultStorageClass, StorageClass } from "./kinds/storage/storageclass.ts";
export { VolumeAttachment } from "./kinds/storage/volumeattachment.ts";
export * from "./registry.ts";
