import type { Container, Pod } from "@wherry/api";
import { deepEqual, Quantity } from "@wherry/machinery";
import { type PodTerms, podTerms } from "./pod-terms.ts";

/** Amounts by resource name: cpu in thousandths of a core, all others in whole units. */
export type Amounts = Readonly<Record<string, number>>;

/** A port of the host that a pod wants for itself. */
export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

/** A pod with what scheduling needs of it, computed once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly priority: number;
  readonly requests: Amounts;
  /** Cpu and memory with a guess for containers that request none, so that scoring spreads them too. */
  readonly weights: Amounts;
  readonly hostPorts: readonly HostPort[];
  /** What it says about the pods near it; absent for nothing. */
  readonly terms?: PodTerms;
}

// Source: kube-scheduler util.GetNonzeroRequests: a tenth of a core and 200 MiB.
const GUESS: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 };

/** @param previous of the same pod, before it changed in some other respect: what cannot have changed is taken from there */
export function podInfo(pod: Pod, previous?: PodInfo): PodInfo {
  const { uid } = pod.metadata;
  const terms = podTerms(pod);
  const of = { pod, uid, priority: pod.spec?.priority ?? 0, ...(terms && { terms }) };
  if (previous && sameNeeds(pod, previous.pod)) {
    const { requests, weights, hostPorts } = previous;
    return { ...of, requests, weights, hostPorts };
  }
  return {
    ...of,
    requests: podAmounts(pod, requestsOf),
    weights: podAmounts(pod, (container) => {
      const { cpu, memory } = { ...GUESS, ...requestsOf(container) };
      return { cpu: cpu ?? 0, memory: memory ?? 0 };
    }),
    hostPorts: hostPorts(pod),
  };
}

function sameNeeds({ spec }: Pod, { spec: before }: Pod): boolean {
  const sameInit = spec?.initContainers === before?.initContainers || deepEqual(spec?.initContainers, before?.initContainers);
  return sameInit && deepEqual(spec?.containers, before?.containers) && deepEqual(spec?.overhead, before?.overhead);
}

/** Amounts as they stand in objects; what cannot be read counts as nothing, since validation has refused it. */
export function parseAmounts(list: Readonly<Record<string, string>> | undefined): Amounts {
  return Object.fromEntries(
    Object.entries(list ?? {}).map(([name, text]) => {
      const quantity = Quantity.tryParse(text) ?? Quantity.zero;
      return [name, name === "cpu" ? quantity.milliValue() : quantity.value()];
    }),
  );
}

const requestsOf = (container: Container): Amounts => parseAmounts(container.resources?.requests);

/**
 * What a pod needs: its containers together, or more while it starts. An init container runs alone, beside those before it that go on
 * running (`restartPolicy: Always`). Source: k8s.io/component-helpers resource.PodRequests.
 */
function podAmounts(pod: Pod, amountsOf: (container: Container) => Amounts): Amounts {
  let running = (pod.spec?.containers ?? []).map(amountsOf).reduce(sum, {});
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of pod.spec?.initContainers ?? []) {
    const amounts = amountsOf(container);
    if (container.restartPolicy === "Always") {
      running = sum(running, amounts);
      sidecars = sum(sidecars, amounts);
      starting = most(starting, sidecars);
    } else {
      starting = most(starting, sum(amounts, sidecars));
    }
  }
  return sum(most(running, starting), parseAmounts(pod.spec?.overhead));
}

const sum = (a: Amounts, b: Amounts): Amounts => combine(a, b, (x, y) => x + y);
const most = (a: Amounts, b: Amounts): Amounts => combine(a, b, Math.max);

function combine(a: Amounts, b: Amounts, with_: (x: number, y: number) => number): Amounts {
  const result: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) result[name] = with_(result[name] ?? 0, amount);
  return result;
}

function hostPorts(pod: Pod): HostPort[] {
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports
    .filter((port) => port.hostPort)
    .map((port) => ({ ip: port.hostIP || "0.0.0.0", protocol: port.protocol ?? "TCP", port: port.hostPort ?? 0 }));
}
