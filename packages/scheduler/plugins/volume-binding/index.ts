import { PersistentVolume, PersistentVolumeClaim, StorageClass } from "@wherry/api";
import { deferred } from "@wherry/base";
import { keyOf } from "@wherry/machinery";
import { definePlugin, type Plugin, refusal } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";
import { chooseVolumes, isReachable, type Source } from "./choice.ts";
import { claimsOf, isBound, type PodClaims, SELECTED_NODE } from "./claims.ts";

const NODE_CONFLICT = refusal("node(s) had volume node affinity conflict", false);
const NO_VOLUME = refusal("node(s) didn't find available persistent volumes to bind", false);
const NOT_THERE = refusal("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)", false);

const KINDS = new Set(["PersistentVolume", "PersistentVolumeClaim", "StorageClass"]);
/** How long a pod waits for the volumes of its claims before another node is looked for. Source: `bindTimeoutSeconds`. */
const BIND_TIMEOUT_MS = 600_000;

/**
 * Keeps a pod where its volumes can be, chooses a node for claims that wait for their first pod, and lets them get their volumes there before
 * the pod is bound. Source: kube-scheduler volumebinding.
 */
export function volumeBinding(context: PluginContext): Plugin {
  const claims = context.watch(PersistentVolumeClaim);
  const volumes = context.watch(PersistentVolume);
  const classes = context.watch(StorageClass);
  /** What was decided about claims for a pod, until it is done. */
  const decided = new Map<string, { node: string; sources: readonly Source[] }>();
  /** The claim that each volume was promised to, and the node of each claim, before the API shows it. */
  const promised = new Map<string, string>();
  const nodeOfClaim = new Map<string, string>();
  const waiting = new Set<() => void>();
  context.onEvent((event) => {
    if (event.type === "Changed" && KINDS.has(event.kind)) for (const look of waiting) look();
  });

  const choose = ({ delayed }: PodClaims, node: Parameters<typeof isReachable>[1]): Source[] | undefined => {
    if (delayed.some(({ claim }) => (nodeOfClaim.get(keyOf(claim)) ?? node.metadata.name) !== node.metadata.name)) return undefined;
    const isFree = (volume: PersistentVolume, claim: PersistentVolumeClaim) =>
      (promised.get(volume.metadata.name) ?? keyOf(claim)) === keyOf(claim);
    return chooseVolumes(delayed, delayed.length > 0 ? volumes.list() : [], node, isFree);
  };
  const forget = (uid: string) => {
    for (const { claim, volume } of decided.get(uid)?.sources ?? []) {
      nodeOfClaim.delete(keyOf(claim));
      if (volume) promised.delete(volume.metadata.name);
    }
    decided.delete(uid);
  };

  return definePlugin<PodClaims>({
    name: "VolumeBinding",
    mayHelp(event) {
      if (event.type === "Changed") return KINDS.has(event.kind) ? "anywhere" : undefined;
      return event.type === "NodeAdded" || event.type === "NodeUpdated" ? "here" : undefined;
    },
    preFilter({ pod }) {
      const found = claimsOf(pod, claims, classes);
      if ("reason" in found) return { refusal: refusal(found.reason, false) };
      return found.bound.length + found.delayed.length > 0 ? { state: found } : undefined;
    },
    filter(_, { node }, state) {
      for (const claim of state.bound) {
        const volume = volumes.get(claim.spec.volumeName ?? "");
        if (!volume) return NOT_THERE;
        if (!isReachable(volume, node)) return NODE_CONFLICT;
      }
      return choose(state, node) ? undefined : NO_VOLUME;
    },
    reserve({ pod, uid }, { node }) {
      const found = claimsOf(pod, claims, classes);
      if ("reason" in found) throw new Error(found.reason);
      const sources = choose(found, node);
      if (!sources) throw new Error(NO_VOLUME.reasons[0]);
      if (sources.length === 0) return;
      decided.set(uid, { node: node.metadata.name, sources });
      for (const { claim, volume } of sources) {
        nodeOfClaim.set(keyOf(claim), node.metadata.name);
        if (volume) promised.set(volume.metadata.name, keyOf(claim));
      }
    },
    unreserve: ({ uid }) => forget(uid),
    async preBind({ uid }) {
      const decision = decided.get(uid);
      if (!decision) return undefined;
      for (const source of decision.sources) await settle(context, source, decision.node);
      const wanted = decision.sources.map(({ claim }) => claim);
      const areBound = () => whenBound(wanted, (claim) => claims.get(claim.metadata.name, claim.metadata.namespace));
      return { until: until(context, waiting, areBound).finally(() => forget(uid)) };
    },
  });
}

/** Tells the API what was decided about one claim. */
async function settle({ client }: PluginContext, { claim, volume }: Source, node: string): Promise<void> {
  const { name, namespace, uid } = claim.metadata;
  const of = { name, ...(namespace && { namespace }) };
  if (!volume) {
    const body = { metadata: { uid, annotations: { [SELECTED_NODE]: node } } };
    await client.patch(PersistentVolumeClaim, of, { type: "merge", body });
    return;
  }
  if (volume.spec.claimRef?.uid === uid) return;
  const claimRef = {
    kind: "PersistentVolumeClaim",
    apiVersion: "v1",
    name,
    namespace,
    uid,
    resourceVersion: claim.metadata.resourceVersion,
  };
  const { resourceVersion } = volume.metadata;
  const metadata = { resourceVersion, annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } };
  await client.patch(PersistentVolume, { name: volume.metadata.name }, { type: "merge", body: { metadata, spec: { claimRef } } });
}

/** Whether all claims are bound. Throws when that will not be. */
function whenBound(
  wanted: readonly PersistentVolumeClaim[],
  current: (claim: PersistentVolumeClaim) => PersistentVolumeClaim | undefined,
): boolean {
  return wanted.every((claim) => {
    const now = current(claim);
    if (now?.metadata.uid !== claim.metadata.uid) throw new Error(`persistentvolumeclaim "${claim.metadata.name}" not found`);
    return isBound(now);
  });
}

/** Resolves when `isDone` says so, which is asked at once and whenever something about volumes changes. */
function until({ clock, signal }: PluginContext, waiting: Set<() => void>, isDone: () => boolean): Promise<void> {
  const { promise, resolve, reject } = deferred();
  const timer = clock.schedule(BIND_TIMEOUT_MS, () => reject(new Error("binding volumes: timed out waiting for the condition")));
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const look = () => {
    try {
      if (isDone()) resolve();
    } catch (error) {
      reject(error as Error);
    }
  };
  waiting.add(look);
  look();
  return promise.finally(() => {
    waiting.delete(look);
    timer.cancel();
    signal.removeEventListener("abort", stop);
  });
}
