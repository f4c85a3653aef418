import { type Column, humanAge } from "@wherry/machinery";
import type { Container, ContainerStatus, Pod } from "../../../generated/types.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { isConditionTrue } from "../../conditions.ts";
import { isRestartableInit } from "./container.ts";
import { isPodReady, isPodTerminal } from "./lifecycle.ts";

/** What a pod looks like from outside, in one line. */
export interface PodSummary {
  ready: number;
  total: number;
  /** The word in the STATUS column. */
  status: string;
  restarts: number;
  /** When a container ended last before its restart. RFC 3339. */
  lastRestart: string | undefined;
}

/** Source: printers `printPod`. */
export function summarizePod(pod: Pod): PodSummary {
  const init = summarizeInit(pod);
  const settled = !init.waitingFor || isConditionTrue(pod.status?.conditions, "Initialized");
  const main = settled ? summarizeMain(pod, init) : undefined;
  const sidecars = (pod.spec.initContainers ?? []).filter(isRestartableInit).length;
  return {
    ready: init.ready + (main?.ready ?? 0),
    total: pod.spec.containers.length + sidecars,
    status: ending(pod) ?? main?.status ?? init.waitingFor ?? plainStatus(pod),
    restarts: main ? init.sidecarRestarts + main.restarts : init.restarts,
    lastRestart: main ? latest(init.lastSidecarRestart, main.lastRestart) : init.lastRestart,
  };
}

function ending(pod: Pod): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined;
  if (pod.status?.reason === "NodeLost") return "Unknown";
  return isPodTerminal(pod) ? undefined : "Terminating";
}

function plainStatus(pod: Pod): string {
  const gated = pod.status?.conditions?.some((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated");
  return gated ? "SchedulingGated" : pod.status?.reason || pod.status?.phase || "";
}

interface InitSummary {
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
  sidecarRestarts: number;
  lastSidecarRestart: string | undefined;
  /** Set while the pod is not past its init containers. */
  waitingFor: string | undefined;
}

function summarizeInit(pod: Pod): InitSummary {
  const s: InitSummary = {
    ready: 0,
    restarts: 0,
    lastRestart: undefined,
    sidecarRestarts: 0,
    lastSidecarRestart: undefined,
    waitingFor: undefined,
  };
  const specs = new Map((pod.spec.initContainers ?? []).map((c) => [c.name, c]));
  for (const [i, c] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(specs.get(c.name));
    countRestarts(s, c, sidecar);
    if (c.state?.terminated?.exitCode === 0) continue;
    if (sidecar && c.started) {
      if (c.ready) s.ready++;
      continue;
    }
    s.waitingFor = initWord(c, i, specs.size);
    break;
  }
  return s;
}

const isSidecar = (c: Container | undefined) => c !== undefined && isRestartableInit(c);

function countRestarts(s: InitSummary, c: ContainerStatus, sidecar: boolean): void {
  s.restarts += c.restartCount;
  s.lastRestart = latest(s.lastRestart, endedAt(c));
  if (!sidecar) return;
  s.sidecarRestarts += c.restartCount;
  s.lastSidecarRestart = latest(s.lastSidecarRestart, endedAt(c));
}

function initWord(c: ContainerStatus, index: number, count: number): string {
  const { terminated, waiting } = c.state ?? {};
  if (terminated) return `Init:${terminatedWord(terminated)}`;
  if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
  return `Init:${index}/${count}`;
}

function terminatedWord(t: { reason?: string; signal?: number; exitCode: number }): string {
  return t.reason || (t.signal ? `Signal:${t.signal}` : `ExitCode:${t.exitCode}`);
}

function summarizeMain(pod: Pod, init: InitSummary) {
  const statuses = pod.status?.containerStatuses ?? [];
  const running = statuses.filter((c) => !c.state?.waiting?.reason && !c.state?.terminated && c.ready && c.state?.running);
  // The first container that waits or has ended speaks for the pod.
  const word = statuses.map(containerWord).find((w) => w !== undefined);
  const stillUp = word === "Completed" && running.length > 0;
  return {
    ready: running.length,
    status: stillUp ? (isPodReady(pod) ? "Running" : "NotReady") : (word ?? init.waitingFor ?? plainStatus(pod)),
    restarts: statuses.reduce((sum, c) => sum + c.restartCount, 0),
    lastRestart: statuses.map(endedAt).reduce(latest, undefined),
  };
}

function containerWord(c: ContainerStatus): string | undefined {
  if (c.state?.waiting?.reason) return c.state.waiting.reason;
  return c.state?.terminated && terminatedWord(c.state.terminated);
}

const endedAt = (c: ContainerStatus) => c.lastState?.terminated?.finishedAt;
const latest = (a: string | undefined, b: string | undefined) => (!a || (b && Date.parse(b) > Date.parse(a)) ? b : a);

function restartsCell(pod: Pod, now: number): string {
  const { restarts, lastRestart } = summarizePod(pod);
  return restarts > 0 && lastRestart ? `${restarts} (${humanAge(lastRestart, now)} ago)` : `${restarts}`;
}

function readinessGatesCell(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  const open = gates.filter((g) => isConditionTrue(pod.status?.conditions, g.conditionType));
  return gates.length > 0 ? `${open.length}/${gates.length}` : "<none>";
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  {
    name: "Ready",
    type: "string",
    value: (o) => {
      const { ready, total } = summarizePod(o);
      return `${ready}/${total}`;
    },
  },
  { name: "Status", type: "string", value: (o) => summarizePod(o).status },
  { name: "Restarts", type: "string", value: restartsCell },
  ageColumn,
  { name: "IP", type: "string", priority: 1, value: (o) => o.status?.podIPs?.[0]?.ip || o.status?.podIP || "<none>" },
  { name: "Node", type: "string", priority: 1, value: (o) => o.spec.nodeName || "<none>" },
  { name: "Nominated Node", type: "string", priority: 1, value: (o) => o.status?.nominatedNodeName || "<none>" },
  { name: "Readiness Gates", type: "string", priority: 1, value: readinessGatesCell },
];
