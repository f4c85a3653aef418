import { type Deployment, isPodActive, isPodAvailable, isPodReady, type Pod, type ReplicaSet } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { ApiObject } from "@wherry/machinery";
import { deployment, EPOCH, meta, template } from "../fixtures.ts";
import { podFromTemplate } from "../pods/from-template.ts";
import { sameTemplate } from "../pods/same-template.ts";
import { planReplicaSet } from "../replicaset/plan.ts";
import { replicaSetStatus } from "../replicaset/status.ts";
import { boundsOf } from "./fenceposts.ts";
import { planDeployment } from "./plan.ts";

/** One thing that happens; `index` picks which object, image or size. */
export interface Move {
  do: "deployment" | "tick" | "replicaset" | "ready" | "fail" | "deliver" | "deliverAll" | "template" | "resize";
  index: number;
}

export interface Limits {
  replicas: number;
  maxSurge: number | string;
  maxUnavailable: number | string;
  minReadySeconds: number;
}

/** Everything that one reader has seen so far: it lags behind the world, but never behind the reader's own writes. */
type View = Map<string, ApiObject>;

/**
 * A model of the cluster for tests of the plans: one Deployment, its ReplicaSets and their pods, and the two controllers, each with a view of its own
 * that lags. Pods are available as soon as they are ready for `minReadySeconds`.
 */
export class Rollout {
  #now = EPOCH;
  #version = 1;
  readonly #world = new Map<string, ApiObject>();
  readonly #views: Record<"deployment" | "replicaset", View> = { deployment: new Map(), replicaset: new Map() };
  readonly #d: string;

  private constructor(limits: Limits) {
    const { replicas, minReadySeconds, maxSurge, maxUnavailable } = limits;
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } };
    const d = deployment("web", { replicas, minReadySeconds, strategy });
    this.#d = d.metadata.uid;
    this.#write(d);
  }

  /** A Deployment whose first rollout is over. */
  static settled(limits: Limits): Rollout {
    const rollout = new Rollout(limits);
    rollout.settle();
    return rollout;
  }

  step(move: Move): void {
    if (move.do === "deployment") this.#syncDeployment();
    else if (move.do === "tick") this.#now += 3000;
    else if (move.do === "template") this.#changeSpec({ template: template(`app:v${move.index}`) });
    else if (move.do === "deliverAll") for (const o of this.#world.values()) this.#deliver(o);
    else if (move.do === "resize") this.#changeSpec({ replicas: move.index });
    else this.#stepOne(move.do, move.index);
  }

  /** Lets everything see everything, and every pod become ready, until nothing moves. */
  settle(): void {
    for (let quiet = 0, round = 0; quiet < 3; round++) {
      if (round > 500) throw new Error(`it does not settle: ${JSON.stringify(this.summary)}`);
      const before = this.#version;
      this.#now += 10_000;
      this.#syncDeployment();
      for (const rs of this.#replicaSets) this.#syncReplicaSet(rs);
      for (const pod of this.#pods) this.#setReady(pod, true);
      for (const o of this.#world.values()) this.#deliver(o);
      quiet = this.#version === before ? quiet + 1 : 0;
    }
  }

  /** Pods that all ReplicaSets ask for together. */
  get wanted(): number {
    return this.#replicaSets.reduce((sum, rs) => sum + (rs.spec.replicas ?? 0), 0);
  }

  get available(): number {
    const { minReadySeconds = 0 } = this.#deployment.spec;
    return this.#pods.filter((p) => isPodActive(p) && isPodAvailable(p, minReadySeconds, this.#now)).length;
  }

  get maxTotal(): number {
    const { desired, maxSurge } = boundsOf(this.#deployment);
    return desired + maxSurge;
  }

  get minAvailable(): number {
    const { desired, maxUnavailable } = boundsOf(this.#deployment);
    return desired - maxUnavailable;
  }

  get summary() {
    const d = this.#deployment;
    const ours = this.#replicaSets.filter((rs) => sameTemplate(d.spec.template, rs.spec.template));
    const wanted = ours.reduce((sum, rs) => sum + (rs.spec.replicas ?? 0), 0);
    const { status } = d.status?.conditions?.find((c) => c.type === "Progressing") ?? {};
    return { wanted, total: this.wanted, available: this.available, observed: d.status?.availableReplicas ?? 0, progressing: status };
  }

  get goal() {
    const { replicas = 0 } = this.#deployment.spec;
    return { wanted: replicas, total: replicas, available: replicas, observed: replicas, progressing: "True" };
  }

  #stepOne(what: "replicaset" | "ready" | "fail" | "deliver", index: number): void {
    const pick = <T>(from: readonly T[]) => from[index % Math.max(1, from.length)];
    const pod = pick(this.#pods.filter((p) => isPodActive(p) && isPodReady(p) === (what === "fail")));
    const rs = pick(this.#replicaSets);
    if (what === "replicaset" && rs) this.#syncReplicaSet(rs);
    else if (what === "deliver") this.#deliver(pick([...this.#world.values()].filter((o) => !this.#isSeen(o))));
    else if ((what === "ready" || what === "fail") && pod) this.#setReady(pod, what === "ready");
  }

  get #deployment(): Deployment {
    return this.#world.get(this.#d) as Deployment;
  }

  get #replicaSets(): ReplicaSet[] {
    return ofKind<ReplicaSet>(this.#world, "ReplicaSet");
  }

  get #pods(): Pod[] {
    return ofKind<Pod>(this.#world, "Pod");
  }

  #syncDeployment(): void {
    const view = this.#views.deployment;
    const d = view.get(this.#d) as Deployment | undefined;
    if (!d) return;
    const plan = planDeployment({ deployment: d, replicaSets: ofKind(view, "ReplicaSet"), runningPods: () => 0 }, this.#now);
    const made = plan.create;
    if (made?.metadata.name && !this.#replicaSets.some((rs) => rs.metadata.name === made.metadata.name)) {
      const rs = { ...made, apiVersion: "apps/v1", kind: "ReplicaSet", metadata: meta(made.metadata.name, made.metadata) } as ReplicaSet;
      this.#write(rs, view);
    } else if (made) return;
    for (const { replicaSet } of plan.update) if (!this.#update(replicaSet, view)) return;
    if (plan.status) this.#update({ ...d, status: plan.status }, view);
  }

  #syncReplicaSet(stored: ReplicaSet): void {
    const view = this.#views.replicaset;
    const rs = view.get(stored.metadata.uid) as ReplicaSet | undefined;
    if (!rs) return;
    const pods = ofKind<Pod>(view, "Pod").filter((p) => isPodActive(p) && p.metadata.ownerReferences?.[0]?.uid === rs.metadata.uid);
    const plan = planReplicaSet({ rs, pods, related: () => pods }, this.#now);
    for (let i = 0; i < plan.create; i++) {
      const { metadata, spec } = podFromTemplate(rs, rs.spec.template);
      this.#write({ apiVersion: "v1", kind: "Pod", metadata: meta(`pod-${this.#version}`, metadata), spec } as Pod, view);
    }
    for (const pod of plan.delete) this.#write({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: rfc3339(this.#now) } }, view);
    if (plan.create + plan.delete.length > 0) return;
    const status = replicaSetStatus(rs, pods, undefined, this.#now);
    if (JSON.stringify(status) !== JSON.stringify(rs.status)) this.#update({ ...rs, status }, view);
  }

  #setReady(pod: Pod, ready: boolean): void {
    if (isPodReady(pod) === ready || !isPodActive(pod)) return;
    const condition = { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: rfc3339(this.#now) };
    this.#write({ ...pod, spec: { ...pod.spec, nodeName: "n1" }, status: { phase: "Running", conditions: [condition] } });
  }

  #changeSpec(spec: Partial<Deployment["spec"]>): void {
    const d = this.#deployment;
    this.#write({ ...d, metadata: { ...d.metadata, generation: (d.metadata.generation ?? 0) + 1 }, spec: { ...d.spec, ...spec } });
  }

  /** Writes if the object is still the one it was read from, as the API server does; gives whether it was. */
  #update<O extends ReplicaSet | Deployment>(o: O, view: View): boolean {
    const stored = this.#world.get(o.metadata.uid) as O | undefined;
    if (stored?.metadata.resourceVersion !== o.metadata.resourceVersion) return false;
    const grew = JSON.stringify(stored.spec) !== JSON.stringify(o.spec) ? 1 : 0;
    this.#write({ ...o, metadata: { ...o.metadata, generation: (o.metadata.generation ?? 0) + grew } }, view);
    return true;
  }

  #write<O extends ApiObject>(o: O, view?: View): void {
    const written = { ...o, metadata: { ...o.metadata, resourceVersion: String(++this.#version) } };
    this.#world.set(o.metadata.uid, written);
    view?.set(o.metadata.uid, written);
  }

  #isSeen(o: ApiObject): boolean {
    return Object.values(this.#views).every((view) => view.get(o.metadata.uid) === o);
  }

  #deliver(o: ApiObject | undefined): void {
    if (o) for (const view of Object.values(this.#views)) view.set(o.metadata.uid, o);
  }
}

function ofKind<O extends ApiObject>(objects: View, kind: string): O[] {
  return [...objects.values()].filter((o): o is O => o.kind === kind);
}
