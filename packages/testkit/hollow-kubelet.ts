import { isPodReady, isPodTerminal, Pod } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { readyStatus } from "./builders/pod.ts";

export interface HollowKubeletOptions {
  /** Binds pods that no scheduler took to this node; those whose affinity names a node, to that one. */
  node?: string;
  /** Which pods become ready; all when absent. What it says may change: call `look` then. */
  ready?: (pod: Pod) => boolean;
}

/** Stands in for all nodes in tests of controllers: pods run and are ready at once, what ended stays so, and a terminating pod ends at once. */
export function hollowKubelet({ node = "n1", ready = () => true }: HollowKubeletOptions = {}): Controller & { look(): void } {
  let context: ControllerContext | undefined;
  let addresses = 0;
  return {
    name: "hollow-kubelet",
    watches: [
      watchOf({
        kind: Pod,
        wakes(pod, _, ctx) {
          context = ctx;
          return [keyOf(pod)];
        },
      }),
    ],
    /** Looks at all pods again. */
    look() {
      for (const pod of context?.lister(Pod).list() ?? []) context?.wake(keyOf(pod));
    },
    async reconcile(key, ctx) {
      const { name, namespace } = splitKey(key);
      const pod = ctx.lister(Pod).get(name, namespace);
      if (pod) await run(pod, ctx, node, ready(pod), () => `10.244.${++addresses >> 8}.${addresses & 255}`).catch(ignoreNotFound);
    },
  };
}

async function run(pod: Pod, ctx: ControllerContext, node: string, ready: boolean, nextIP: () => string): Promise<void> {
  const { name, namespace = "" } = pod.metadata;
  if (pod.metadata.deletionTimestamp) {
    ctx.wrote(Pod, await ctx.client.delete(Pod, { name, namespace }, { gracePeriodSeconds: 0 }));
  } else if (isPodTerminal(pod) || pod.spec.schedulingGates?.length) {
    return;
  } else if (!pod.spec.nodeName) {
    await ctx.client.post(Pod, { name, namespace }, "binding", {
      metadata: { name },
      target: { kind: "Node", name: namedNode(pod) ?? node },
    });
  } else if (isPodReady(pod) !== ready || !pod.status?.podIP) {
    const status = readyStatus(pod.status?.podIP ?? nextIP(), ctx.clock.now());
    const conditions = status.conditions?.map((c) => (c.type.endsWith("eady") ? { ...c, status: ready ? "True" : "False" } : c));
    const next = { ...pod, status: { ...pod.status, ...status, conditions } };
    ctx.wrote(Pod, await ctx.client.update(Pod, next as Pod, { subresource: "status" }));
  }
}

function namedNode(pod: Pod): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.[0]?.values?.[0];
}

function ignoreNotFound(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
