import { Quantity } from "@wherry/machinery";
import type { Container, Pod } from "../../../generated/types.ts";
import { amounts } from "../resources.ts";
import { isRestartableInit } from "./container.ts";

/** Exact amounts by resource name; a name that is not there is zero. */
export type Amounts = Map<string, Quantity>;

/**
 * What a pod takes of its node: the containers and sidecars together, or the hungriest moment of the init phase, whichever is more; plus
 * overhead. Source: `resourcehelper.PodRequests`.
 */
export function podRequests(pod: Pick<Pod, "spec">): Amounts {
  return total(pod, "requests");
}

/** As `podRequests`, for limits. A resource that some container does not limit still counts with the limits of the others. */
export function podLimits(pod: Pick<Pod, "spec">): Amounts {
  return total(pod, "limits");
}

function total(pod: Pick<Pod, "spec">, side: "requests" | "limits"): Amounts {
  const sum: Amounts = new Map();
  for (const c of pod.spec.containers) add(sum, of(c, side));
  const peak = initPeak(pod.spec.initContainers ?? [], side, sum);
  raise(sum, peak);
  const overhead = amounts(pod.spec.overhead);
  for (const [name, amount] of overhead) {
    if (side === "requests" || sum.has(name)) sum.set(name, (sum.get(name) ?? Quantity.zero).add(amount));
  }
  return sum;
}

/** The most that is taken while init containers run one by one beside the sidecars before them; sidecars also join `sum`. */
function initPeak(inits: readonly Container[], side: "requests" | "limits", sum: Amounts): Amounts {
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const c of inits) {
    const own = of(c, side);
    if (isRestartableInit(c)) {
      add(sum, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      add(own, sidecars);
      raise(peak, own);
    }
  }
  return peak;
}

const of = (c: Container, side: "requests" | "limits"): Amounts => amounts(c.resources?.[side]);

function add(into: Amounts, more: Amounts): void {
  for (const [name, amount] of more) into.set(name, into.get(name)?.add(amount) ?? amount);
}

function raise(into: Amounts, other: Amounts): void {
  for (const [name, amount] of other) {
    const now = into.get(name);
    if (!now || amount.compare(now) > 0) into.set(name, amount);
  }
}
