import { type KindDefinition, Registry } from "@wherry/machinery";
import { definitions } from "./definitions.ts";
import { MutatingWebhookConfiguration } from "./kinds/admissionregistration/mutatingwebhookconfiguration.ts";
import { ValidatingAdmissionPolicy } from "./kinds/admissionregistration/validatingadmissionpolicy.ts";
import { ValidatingAdmissionPolicyBinding } from "./kinds/admissionregistration/validatingadmissionpolicybinding.ts";
import { ValidatingWebhookConfiguration } from "./kinds/admissionregistration/validatingwebhookconfiguration.ts";
import { CustomResourceDefinition } from "./kinds/apiextensions/customresourcedefinition.ts";
import { APIService } from "./kinds/apiregistration/apiservice.ts";
import { ControllerRevision } from "./kinds/apps/controllerrevision.ts";
import { DaemonSet } from "./kinds/apps/daemonset.ts";
import { Deployment } from "./kinds/apps/deployment.ts";
import { ReplicaSet } from "./kinds/apps/replicaset.ts";
import { StatefulSet } from "./kinds/apps/statefulset.ts";
import { SelfSubjectReview } from "./kinds/authentication/selfsubjectreview.ts";
import { TokenReview } from "./kinds/authentication/tokenreview.ts";
import { LocalSubjectAccessReview } from "./kinds/authorization/localsubjectaccessreview.ts";
import { SelfSubjectAccessReview } from "./kinds/authorization/selfsubjectaccessreview.ts";
import { SelfSubjectRulesReview } from "./kinds/authorization/selfsubjectrulesreview.ts";
import { SubjectAccessReview } from "./kinds/authorization/subjectaccessreview.ts";
import { HorizontalPodAutoscaler } from "./kinds/autoscaling/horizontalpodautoscaler.ts";
import { HorizontalPodAutoscalerV1 } from "./kinds/autoscaling/horizontalpodautoscaler-v1.ts";
import { CronJob } from "./kinds/batch/cronjob.ts";
import { Job } from "./kinds/batch/job.ts";
import { CertificateSigningRequest } from "./kinds/certificates/certificatesigningrequest.ts";
import { Lease } from "./kinds/coordination/lease.ts";
import { Binding } from "./kinds/core/binding.ts";
import { ComponentStatus } from "./kinds/core/componentstatus.ts";
import { ConfigMap } from "./kinds/core/configmap.ts";
import { Endpoints } from "./kinds/core/endpoints.ts";
import { Event } from "./kinds/core/event.ts";
import { LimitRange } from "./kinds/core/limitrange.ts";
import { Namespace } from "./kinds/core/namespace.ts";
import { Node } from "./kinds/core/node.ts";
import { PersistentVolume } from "./kinds/core/persistentvolume.ts";
import { PersistentVolumeClaim } from "./kinds/core/persistentvolumeclaim.ts";
import { Pod } from "./kinds/core/pod.ts";
import { PodTemplate } from "./kinds/core/podtemplate.ts";
import { ReplicationController } from "./kinds/core/replicationcontroller.ts";
import { ResourceQuota } from "./kinds/core/resourcequota.ts";
import { Secret } from "./kinds/core/secret.ts";
import { Service } from "./kinds/core/service.ts";
import { ServiceAccount } from "./kinds/core/serviceaccount.ts";
import { EndpointSlice } from "./kinds/discovery/endpointslice.ts";
import { EventsV1Event } from "./kinds/events/event.ts";
import { FlowSchema } from "./kinds/flowcontrol/flowschema.ts";
import { PriorityLevelConfiguration } from "./kinds/flowcontrol/prioritylevelconfiguration.ts";
import { Ingress } from "./kinds/networking/ingress.ts";
import { IngressClass } from "./kinds/networking/ingressclass.ts";
import { NetworkPolicy } from "./kinds/networking/networkpolicy.ts";
import { RuntimeClass } from "./kinds/node/runtimeclass.ts";
import { PodDisruptionBudget } from "./kinds/policy/poddisruptionbudget.ts";
import { ClusterRole } from "./kinds/rbac/clusterrole.ts";
import { ClusterRoleBinding } from "./kinds/rbac/clusterrolebinding.ts";
import { Role } from "./kinds/rbac/role.ts";
import { RoleBinding } from "./kinds/rbac/rolebinding.ts";
import { PriorityClass } from "./kinds/scheduling/priorityclass.ts";
import { CSIDriver } from "./kinds/storage/csidriver.ts";
import { CSINode } from "./kinds/storage/csinode.ts";
import { CSIStorageCapacity } from "./kinds/storage/csistoragecapacity.ts";
import { StorageClass } from "./kinds/storage/storageclass.ts";
import { VolumeAttachment } from "./kinds/storage/volumeattachment.ts";

/** Every kind that is served, by name. */
export const kinds: readonly KindDefinition[] = [
  Binding,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  APIService,
  CertificateSigningRequest,
  ClusterRole,
  ClusterRoleBinding,
  ComponentStatus,
  ConfigMap,
  ControllerRevision,
  CronJob,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  EventsV1Event,
  FlowSchema,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerV1,
  Ingress,
  IngressClass,
  Job,
  Lease,
  LimitRange,
  LocalSubjectAccessReview,
  MutatingWebhookConfiguration,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PodTemplate,
  PriorityClass,
  PriorityLevelConfiguration,
  ReplicaSet,
  ReplicationController,
  ResourceQuota,
  Role,
  RoleBinding,
  RuntimeClass,
  Secret,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  SubjectAccessReview,
  TokenReview,
  VolumeAttachment,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
];

/** The kinds with their schemas. */
export const registry = new Registry(definitions, kinds);
