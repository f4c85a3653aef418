import { describe, expect, it } from "vitest";
import type { ContainerStatus, PodStatus } from "../../../generated/types.ts";
import { cells, created } from "../../testing.ts";
import { Pod } from "../pod.ts";

const NOW = Date.UTC(2026, 0, 1, 1);
const FIVE_MINUTES_AGO = "2026-01-01T00:55:00Z";
type Part = Partial<ContainerStatus>;
const status = (name: string, part: Part): ContainerStatus => ({ name, image: "", imageID: "", ready: false, restartCount: 0, ...part });
const running: Part = { ready: true, state: { running: {} } };
const ended = (exitCode: number, reason?: string): Part => ({ state: { terminated: { exitCode, ...(reason && { reason }) } } });
const waiting = (reason: string): Part => ({ state: { waiting: { reason } } });

function row(podStatus: PodStatus, options: { spec?: object; metadata?: object } = {}) {
  const pod = created(Pod, {
    metadata: { name: "p" },
    spec: {
      containers: [
        { name: "a", image: "bb" },
        { name: "b", image: "bb" },
      ],
      ...options.spec,
    },
  });
  Object.assign(pod.metadata, { creationTimestamp: "2026-01-01T00:00:00Z" }, options.metadata);
  pod.status = podStatus;
  const { Ready, Status, Restarts } = cells(Pod, pod, NOW);
  return `${Ready} ${Status} ${Restarts}`;
}

const both = (a: Part, b: Part) => ({ containerStatuses: [status("a", a), status("b", b)] });

describe("the row of a pod", () => {
  it.each<[string, PodStatus]>([
    ["0/2 Pending 0", { phase: "Pending" }],
    ["0/2 ContainerCreating 0", { phase: "Pending", ...both(waiting("ContainerCreating"), waiting("ContainerCreating")) }],
    ["2/2 Running 0", { phase: "Running", ...both(running, running) }],
    [
      "1/2 CrashLoopBackOff 3 (5m ago)",
      {
        phase: "Running",
        ...both(
          { ...waiting("CrashLoopBackOff"), restartCount: 3, lastState: { terminated: { exitCode: 1, finishedAt: FIVE_MINUTES_AGO } } },
          running,
        ),
      },
    ],
    ["1/2 Error 0", { phase: "Running", ...both(running, ended(1, "Error")) }],
    ["0/2 ExitCode:3 0", { phase: "Failed", ...both(ended(3), ended(3)) }],
    ["0/2 Completed 0", { phase: "Succeeded", ...both(ended(0, "Completed"), ended(0, "Completed")) }],
    ["1/2 NotReady 0", { phase: "Running", ...both(ended(0, "Completed"), running) }],
    ["1/2 Running 0", { phase: "Running", conditions: [{ type: "Ready", status: "True" }], ...both(ended(0, "Completed"), running) }],
    ["0/2 Evicted 0", { phase: "Failed", reason: "Evicted" }],
    ["0/2 SchedulingGated 0", { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] }],
  ])("is %s", (expected, podStatus) => expect(row(podStatus)).toBe(expected));

  it("shows Terminating while it is being deleted", () => {
    const metadata = { deletionTimestamp: FIVE_MINUTES_AGO };
    expect(row({ phase: "Running", ...both(running, running) }, { metadata })).toBe("2/2 Terminating 0");
    expect(row({ phase: "Running", reason: "NodeLost" }, { metadata })).toBe("0/2 Unknown 0");
  });

  it.each<[string, Part[]]>([
    ["0/2 Init:0/2 0", [waiting("PodInitializing")]],
    ["0/2 Init:1/2 0", [ended(0), waiting("PodInitializing")]],
    ["0/2 Init:CrashLoopBackOff 2", [{ ...waiting("CrashLoopBackOff"), restartCount: 2 }]],
    ["0/2 Init:Error 0", [ended(1, "Error")]],
    ["0/2 Init:ExitCode:7 0", [ended(7)]],
  ])("counts init containers: %s", (expected, parts) => {
    const spec = { initContainers: ["i", "j"].map((name) => ({ name, image: "bb" })) };
    const initContainerStatuses = parts.map((part, i) => status(["i", "j"][i]!, part));
    expect(row({ phase: "Pending", initContainerStatuses }, { spec })).toBe(expected);
  });

  it("counts a sidecar as one of its containers", () => {
    const spec = { initContainers: [{ name: "i", image: "bb", restartPolicy: "Always" }] };
    const initContainerStatuses = [status("i", { ...running, started: true, restartCount: 1 })];
    expect(row({ phase: "Running", initContainerStatuses, ...both(running, running) }, { spec })).toBe("3/3 Running 1");
  });

  it("has the columns of upstream", () => {
    expect(Pod.columns.map((c) => `${c.name}:${c.type}:${c.priority ?? 0}`)).toEqual([
      "Name:string:0",
      "Ready:string:0",
      "Status:string:0",
      "Restarts:string:0",
      "Age:string:0",
      "IP:string:1",
      "Node:string:1",
      "Nominated Node:string:1",
      "Readiness Gates:string:1",
    ]);
    const wide = cells(Pod, created(Pod, { spec: { containers: [], readinessGates: [{ conditionType: "x/y" }] } }));
    expect(wide).toMatchObject({ IP: "<none>", Node: "<none>", "Nominated Node": "<none>", "Readiness Gates": "0/1" });
  });
});
