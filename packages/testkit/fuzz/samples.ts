import { labels } from "./values.ts";

// Objects that are taken as they are, so that what is behind the first checks is reached, too: a random change of one of them is nearly right.

const container = { name: "c", image: "busybox", ports: [{ containerPort: 80 }], env: [{ name: "A", value: "b" }] };
const podSpec = { containers: [container], volumes: [{ name: "v", emptyDir: {} }] };
const template = { metadata: { labels: labels() }, spec: podSpec };
const selector = { matchLabels: labels() };
const role = { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] };
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const binding = (kind: string) => ({
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: "a" },
  subjects: [{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
});

/** What stands beside the metadata of a good object, by kind. */
export const SAMPLES: Readonly<Record<string, object>> = {
  ConfigMap: { data: { a: "b" }, binaryData: { c: "ZA==" } },
  Secret: { data: { a: "Yg==" }, type: "Opaque" },
  ServiceAccount: {},
  Namespace: { spec: { finalizers: ["kubernetes"] } },
  Pod: { spec: podSpec },
  PodTemplate: { template },
  ReplicationController: { spec: { replicas: 1, selector: labels(), template } },
  ReplicaSet: { spec: { replicas: 1, selector, template } },
  Deployment: { spec: { replicas: 1, selector, template } },
  DaemonSet: { spec: { selector, template } },
  StatefulSet: { spec: { serviceName: "a", selector, template } },
  Job: { spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } } },
  CronJob: { spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } } } } },
  Service: { spec: { selector: labels(), ports: [{ port: 80 }] } },
  Endpoints: { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] },
  EndpointSlice: { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 80, name: "" }] },
  Event: { involvedObject: { kind: "Pod", namespace: "default", name: "a" }, reason: "R", message: "m" },
  Node: { spec: {} },
  Lease: { spec: { holderIdentity: "me", leaseDurationSeconds: 10 } },
  HorizontalPodAutoscaler: { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" } } },
  PodDisruptionBudget: { spec: { minAvailable: 1, selector } },
  Role: role,
  ClusterRole: role,
  RoleBinding: binding("Role"),
  ClusterRoleBinding: binding("ClusterRole"),
  Ingress: { spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } } },
  IngressClass: { spec: { controller: "example.com/c" } },
  NetworkPolicy: { spec: { podSelector: {}, ingress: [{}] } },
  PersistentVolume: { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp" } } },
  PersistentVolumeClaim: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  StorageClass: { provisioner: "example.com/p" },
  PriorityClass: { value: 5 },
  ResourceQuota: { spec: { hard: { pods: "5" } } },
  LimitRange: { spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } },
  RuntimeClass: { handler: "h" },
  ControllerRevision: { revision: 1, data: {} },
  CSIDriver: { spec: { attachRequired: false } },
  CSINode: { spec: { drivers: [] } },
  CSIStorageCapacity: { storageClassName: "a" },
  VolumeAttachment: { spec: { attacher: "example.com", nodeName: "n", source: { persistentVolumeName: "a" } } },
  FlowSchema: { spec: { priorityLevelConfiguration: { name: "a" } } },
  PriorityLevelConfiguration: { spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } } },
  MutatingWebhookConfiguration: { webhooks: [] },
  ValidatingWebhookConfiguration: { webhooks: [] },
  ValidatingAdmissionPolicy: { spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] } },
  ValidatingAdmissionPolicyBinding: { spec: { policyName: "a", validationActions: ["Deny"] } },
  APIService: { spec: { group: "example.com", version: "v1", groupPriorityMinimum: 100, versionPriority: 10 } },
  CustomResourceDefinition: {
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "tabs", kind: "Tab" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  },
  TokenReview: { spec: { token: "x" } },
  SelfSubjectAccessReview: { spec: { resourceAttributes: { verb: "get", resource: "pods" } } },
};
