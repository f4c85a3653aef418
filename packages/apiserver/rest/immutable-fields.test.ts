import type { ApiObject } from "@wherry/machinery";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { sampleOf, storedKinds } from "@wherry/testkit/kind-samples.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

/** A merge patch that is refused, how, and what the object has beside its sample before. */
type Refusal = readonly [patch: object, message: RegExp, before?: object];

const immutable = (path: string) => new RegExp(`^${path.replace(/[.[\]]/g, "\\$&")}: Invalid value: .*: field is immutable$`);
const forbidden = (path: string, words: string) => new RegExp(`^${`${path}: Forbidden: ${words}`.replace(/[.[\]*()`]/g, "\\$&")}(\n|,|$)`);
const once = (path: string) => new RegExp(`^${path.replace(/[.[\]]/g, "\\$&")}: Invalid value: .*: may not change once set$`);
const moved = { selector: { matchLabels: { z: "z" } }, template: { metadata: { labels: { z: "z" } } } };
const WORKLOAD: readonly Refusal[] = [[{ spec: moved }, immutable("spec.selector")]];
const BINDING: readonly Refusal[] = [[{ roleRef: { name: "b" } }, /^roleRef: Invalid value: \{.*"name":"b".*\}: cannot change roleRef$/]];
const SEALED = "field is immutable when `immutable` is set";

/** Source: upstream's `Validate<Kind>Update` functions. */
const REFUSALS: Readonly<Record<string, readonly Refusal[]>> = {
  CSIDriver: [
    [{ spec: { attachRequired: true } }, immutable("spec.attachedRequired")],
    [{ spec: { volumeLifecycleModes: ["Ephemeral"] } }, immutable("spec.volumeLifecycleModes")],
  ],
  CSINode: [
    [
      { spec: { drivers: [{ name: "d.e", nodeID: "2" }] } },
      immutable("CSINodeDriver"),
      { spec: { drivers: [{ name: "d.e", nodeID: "1" }] } },
    ],
  ],
  CSIStorageCapacity: [
    [{ storageClassName: "b" }, immutable("storageClassName")],
    [{ nodeTopology: { matchLabels: { a: "b" } } }, immutable("nodeTopology")],
  ],
  ClusterRoleBinding: BINDING,
  ConfigMap: [
    [{ data: { a: "c" } }, forbidden("data", SEALED), { immutable: true }],
    [{ binaryData: null }, forbidden("binaryData", SEALED), { immutable: true }],
    [{ immutable: false }, forbidden("immutable", SEALED), { immutable: true }],
  ],
  ControllerRevision: [[{ data: { a: 1 } }, immutable("data")]],
  CustomResourceDefinition: [[{ spec: { names: { plural: "b" } } }, /spec\.names\.plural: Invalid value: "b": field is immutable/]],
  DaemonSet: WORKLOAD,
  Deployment: WORKLOAD,
  EndpointSlice: [[{ addressType: "IPv6", endpoints: [{ addresses: ["fd00::1"] }] }, immutable("addressType")]],
  IngressClass: [[{ spec: { controller: "example.com/d" } }, immutable("spec.controller")]],
  Job: [
    [{ spec: { completions: 2 } }, immutable("spec.completions")],
    [{ spec: { template: { metadata: { labels: { z: "z" } } } } }, immutable("spec.template")],
    [
      { spec: { backoffLimitPerIndex: 1, completionMode: "Indexed" } },
      /spec\.completionMode: Invalid value: "Indexed": field is immutable/,
    ],
    [
      { spec: { completions: 2 } },
      /^spec\.completions: Invalid value: 2: can only be modified in tandem with spec\.parallelism$/,
      { spec: { completionMode: "Indexed", completions: 1 } },
    ],
  ],
  Node: [
    [
      { spec: { podCIDR: "10.2.0.0/24", podCIDRs: ["10.2.0.0/24"] } },
      forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'),
      { spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } },
    ],
    [
      { spec: { providerID: "b" } },
      forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'),
      { spec: { providerID: "a" } },
    ],
  ],
  PersistentVolume: [
    [
      { spec: { hostPath: { path: "/other" } } },
      forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"),
    ],
    [{ spec: { volumeMode: "Block" } }, immutable("volumeMode")],
  ],
  PersistentVolumeClaim: [
    [
      { spec: { accessModes: ["ReadWriteMany"] } },
      forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"),
    ],
  ],
  Pod: [
    [
      { spec: { hostNetwork: true } },
      forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`," +
          "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
      ),
    ],
    [
      {
        spec: {
          containers: [
            { name: "d", image: "b" },
            { name: "e", image: "b" },
          ],
        },
      },
      forbidden("spec.containers", "pod updates may not add or remove containers"),
    ],
    [
      { spec: { tolerations: null } },
      forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"),
      { spec: { tolerations: [{ key: "a", operator: "Exists" }] } },
    ],
    [
      { spec: { schedulingGates: [{ name: "g" }] } },
      forbidden("spec.schedulingGates[0].name", "only deletion is allowed, but found new scheduling gate 'g'"),
    ],
  ],
  PriorityClass: [
    [{ value: 6 }, forbidden("value", "may not be changed in an update.")],
    [{ preemptionPolicy: "Never" }, immutable("preemptionPolicy")],
  ],
  ReplicaSet: WORKLOAD,
  ResourceQuota: [[{ spec: { scopes: ["BestEffort"] } }, immutable("spec.scopes")]],
  RoleBinding: BINDING,
  RuntimeClass: [[{ handler: "i" }, immutable("handler")]],
  Secret: [
    [{ type: "b" }, immutable("type")],
    [{ data: { a: "Yw==" } }, forbidden("data", SEALED), { immutable: true }],
  ],
  Service: [
    [{ spec: { clusterIP: "10.96.3.3", clusterIPs: ["10.96.3.3"] } }, once("spec.clusterIPs[0]")],
    [
      { spec: { loadBalancerClass: "a.b/d" } },
      once("spec.loadBalancerClass"),
      { spec: { type: "LoadBalancer", loadBalancerClass: "a.b/c", ports: [{ port: 80 }] } },
    ],
  ],
  StatefulSet: [
    [
      { spec: { serviceName: "b" } },
      forbidden(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    ],
  ],
  StorageClass: [
    [{ provisioner: "example.com/q" }, forbidden("provisioner", "updates to provisioner are forbidden.")],
    [{ parameters: { a: "b" } }, forbidden("parameters", "updates to parameters are forbidden.")],
    [{ reclaimPolicy: "Retain" }, forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.")],
    [{ volumeBindingMode: "WaitForFirstConsumer" }, immutable("volumeBindingMode")],
  ],
  VolumeAttachment: [[{ spec: { nodeName: "m" } }, immutable("spec")]],
};

/** Kinds of which every field may change that upstream lets change at all; what of them is the server's to say is in their own tests. */
const FREE = [
  ...["APIService", "CertificateSigningRequest", "ClusterRole", "CronJob", "Endpoints", "Event", "FlowSchema", "HorizontalPodAutoscaler"],
  ...["Ingress", "Lease", "LimitRange", "MutatingWebhookConfiguration", "Namespace", "NetworkPolicy", "PodDisruptionBudget", "PodTemplate"],
  ...["PriorityLevelConfiguration", "ReplicationController", "Role", "ServiceAccount"],
  ...["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"],
];
const MERGE = { "content-type": "application/merge-patch+json" };

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterAll(() => plane.close());

it("every kind that is stored is looked at", () => {
  const kinds = storedKinds(plane.registry.kinds).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual([...Object.keys(REFUSALS), ...FREE].sort());
});

describe.each(Object.entries(REFUSALS))("%s", (name, refusals) => {
  const cases = refusals.map(([patch, message, before = {}]) => [patch, message, before] as const);
  it.each(cases)("may not change by %j", async (patch, message, before) => {
    const { path, object } = sampleOf(storedKinds(plane.registry.kinds).find(({ kind }) => kind === name)!);
    const { spec } = object as ApiObject & { spec?: object };
    const whole = { ...object, ...before, ...("spec" in before && { spec: { ...spec, ...(before.spec as object) } }) };
    const own = `${path}/${object.metadata.name}`;
    const made = await api("POST", path, whole);
    expect(made.status, made.text).toBe(201);
    try {
      const refused = await api("PATCH", own, patch, MERGE);
      const status = refused.json();
      expect([refused.status, status.reason]).toEqual([422, "Invalid"]);
      expect(status.message?.split(" is invalid: ")[1]?.replace(/^\[(.*)\]$/s, "$1")).toMatch(message);
      expect((await api("GET", own)).json<ApiObject>().metadata.generation).toBe(made.json<ApiObject>().metadata.generation);
    } finally {
      await api("PATCH", own, { metadata: { finalizers: null } }, MERGE);
      await api("DELETE", own, { gracePeriodSeconds: 0, propagationPolicy: "Background" });
    }
  });
});
