import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { sampleOf, storedKinds } from "@wherry/testkit/kind-samples.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, caller } from "../testing/call.ts";

/** What upstream's strategies say of a kind, where it is not the usual. */
interface Strategy {
  /** `AllowCreateOnUpdate`: false is usual. */
  createsOnUpdate?: true;
  /** `AllowUnconditionalUpdate`: true is usual. */
  unconditional?: false;
  /** `DefaultGarbageCollectionPolicy`: to delete dependents is usual. */
  orphans?: true;
  /** What a write of the status cannot change: neither labels nor annotations are usual. */
  statusKeeps?: readonly ("annotations" | "labels")[];
  /** Whether labels are part of what a generation counts. */
  countsLabels?: true;
}

const USUAL: Strategy = {};
const NEVER_BLIND: Strategy = { unconditional: false };
const RBAC: Strategy = { createsOnUpdate: true };
const STATUS_ONLY: Strategy = { statusKeeps: ["annotations", "labels"] };

/** Every stored kind. Source: upstream's `pkg/registry/<group>/<kind>/strategy.go`. */
const STRATEGIES: Readonly<Record<string, Strategy>> = {
  APIService: { ...NEVER_BLIND, ...STATUS_ONLY },
  CSIDriver: NEVER_BLIND,
  CSINode: NEVER_BLIND,
  CSIStorageCapacity: NEVER_BLIND,
  CertificateSigningRequest: USUAL,
  ClusterRole: RBAC,
  ClusterRoleBinding: RBAC,
  ConfigMap: USUAL,
  ControllerRevision: USUAL,
  CronJob: USUAL,
  CustomResourceDefinition: NEVER_BLIND,
  DaemonSet: USUAL,
  Deployment: { statusKeeps: ["labels"] },
  EndpointSlice: { countsLabels: true },
  Endpoints: { createsOnUpdate: true },
  Event: { createsOnUpdate: true },
  FlowSchema: STATUS_ONLY,
  HorizontalPodAutoscaler: USUAL,
  Ingress: USUAL,
  IngressClass: USUAL,
  Job: { orphans: true },
  Lease: { createsOnUpdate: true, unconditional: false },
  LimitRange: { createsOnUpdate: true },
  MutatingWebhookConfiguration: NEVER_BLIND,
  Namespace: USUAL,
  NetworkPolicy: USUAL,
  Node: USUAL,
  PersistentVolume: USUAL,
  PersistentVolumeClaim: USUAL,
  Pod: USUAL,
  PodDisruptionBudget: NEVER_BLIND,
  PodTemplate: USUAL,
  PriorityClass: USUAL,
  PriorityLevelConfiguration: STATUS_ONLY,
  ReplicaSet: USUAL,
  ReplicationController: { orphans: true },
  ResourceQuota: USUAL,
  Role: RBAC,
  RoleBinding: RBAC,
  RuntimeClass: NEVER_BLIND,
  Secret: USUAL,
  Service: { createsOnUpdate: true },
  ServiceAccount: USUAL,
  StatefulSet: USUAL,
  StorageClass: USUAL,
  ValidatingAdmissionPolicy: { ...NEVER_BLIND, ...STATUS_ONLY },
  ValidatingAdmissionPolicyBinding: NEVER_BLIND,
  ValidatingWebhookConfiguration: NEVER_BLIND,
  VolumeAttachment: { ...NEVER_BLIND, ...STATUS_ONLY },
};

const MERGE = { "content-type": "application/merge-patch+json" };

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterAll(() => plane.close());

const stored = () => storedKinds(plane.registry.kinds);
const kindOf = (name: string) => stored().find(({ kind }) => kind === name) as KindDefinition;

/** The code, and what was wrong. */
function outcome(answer: Answer): [number, string | undefined] {
  const status = answer.json();
  return [answer.status, status.kind === "Status" ? status.message : undefined];
}

it("the table has every kind that is stored", () => {
  expect(
    stored()
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(Object.keys(STRATEGIES).sort());
});

describe.each(Object.entries(STRATEGIES))("%s", (name, strategy) => {
  let own: string;
  let live: ApiObject;

  it(strategy.createsOnUpdate ? "is created by a PUT" : "is not found by a PUT", async () => {
    const { path, object } = sampleOf(kindOf(name));
    own = `${path}/${object.metadata.name}`;
    const put = await api("PUT", own, object);
    expect(outcome(put)).toEqual(strategy.createsOnUpdate ? [201, undefined] : [404, expect.stringContaining("not found")]);
    const created = strategy.createsOnUpdate ? put : await api("POST", path, object);
    expect(outcome(created)).toEqual([201, undefined]);
    live = created.json<ApiObject>();
  });

  it(strategy.unconditional === false ? "is never updated blindly" : "is updated without a resourceVersion", async () => {
    const { resourceVersion: _, ...metadata } = live.metadata;
    const blind = await api("PUT", own, { ...live, metadata: { ...metadata, annotations: { blind: "1" } } });
    const refused = expect.stringContaining("metadata.resourceVersion: Invalid value: 0x0: must be specified for an update");
    expect(outcome(blind)).toEqual(strategy.unconditional === false ? [422, refused] : [200, undefined]);
  });

  it(strategy.countsLabels ? "counts its labels as part of a generation" : "has no new generation for a label", async () => {
    const before = (await api("GET", own)).json<ApiObject>().metadata.generation;
    const after = (await api("PATCH", own, { metadata: { labels: { a: "b" } } }, MERGE)).json<ApiObject>().metadata.generation;
    expect(after).toBe(strategy.countsLabels ? (before ?? 0) + 1 : before);
  });

  it("keeps its other half, whichever is written", async () => {
    const before = (await api("GET", own)).json<ApiObject & { spec?: object; status?: object }>();
    if (!kindOf(name).subresources?.status) return expect((await api("GET", `${own}/status`)).status).toBe(404);
    const { annotations, labels } = before.metadata;
    const metadata = { labels: { ...labels, s: "1" }, annotations: { ...annotations, s: "1" } };
    const written = await api("PATCH", `${own}/status`, { metadata, spec: { madeUp: 1 }, status: {} }, MERGE);
    expect(outcome(written)).toEqual([200, undefined]);
    const after = written.json<typeof before>();
    expect(after.spec).toEqual(before.spec);
    const kept = (["annotations", "labels"] as const).filter((field) => after.metadata[field]?.s === undefined);
    expect(kept).toEqual(strategy.statusKeeps ?? []);
    const main = (await api("PATCH", own, { status: { conditions: null, madeUp: 1 } }, MERGE)).json<typeof before>();
    expect(main.status).toEqual(after.status);
  });

  it(strategy.orphans ? "leaves its dependents when a delete does not say" : "takes its dependents with it", async () => {
    const gone = await api("DELETE", own);
    expect(gone.status).toBe(200);
    const finalizers = gone.json<ApiObject>().metadata.finalizers ?? [];
    expect(finalizers.includes("orphan")).toBe(Boolean(strategy.orphans));
  });
});

it("a Job tells that its pods stay, unless one says that they shall", async () => {
  const { path, object } = sampleOf(kindOf("Job"));
  const warned = (answer: { headers: Readonly<Record<string, unknown>> }) => [answer.headers.warning ?? []].flat();
  for (const [at, query, expected] of [
    ["/b", "", true],
    ["/b", "?propagationPolicy=Orphan", false],
    ["/b", "?orphanDependents=true", false],
    ["", "?labelSelector=x%3Dy", true],
    ["", "?labelSelector=x%3Dy&propagationPolicy=Background", false],
  ] as const) {
    await api("POST", path, { ...object, metadata: { name: "b" } });
    const words = warned(await api("DELETE", `${path}${at}${query}`)).filter((text) =>
      String(text).includes("child pods are preserved by default"),
    );
    expect([query, words.length]).toEqual([query, expected ? 1 : 0]);
  }
});
