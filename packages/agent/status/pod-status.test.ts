import { type ContainerStatus, Pod } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { pod, stored } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { type PodFacts, podStatus } from "./pod-status.ts";

const NOW = Date.UTC(2026, 0, 1, 12);
const image = "app:v1";

function attempt(name: string, number: number, ended?: { exitCode: number; error?: string; oomKilled?: boolean }): EngineContainer {
  return {
    id: `${name}${number}`,
    pod: { namespace: "default", name: "web", uid: "u" },
    name,
    attempt: number,
    sandbox: "s",
    state: ended ? "exited" : "running",
    pid: 1,
    createdAt: NOW,
    startedAt: NOW,
    ...(ended && { ...ended, finishedAt: NOW }),
    imageId: "i",
    imageRef: image,
    annotations: { "io.wherry.container.image": image, "io.wherry.container.image-id": "docker://sha256:abc" },
  };
}

function status(attempts: EngineContainer[], more: Partial<PodFacts> & { spec?: Partial<Pod["spec"]>; told?: Pod["status"] } = {}) {
  const { spec, told, ...facts } = more;
  const made = stored(Pod, pod("web", { spec: { containers: [{ name: "a", image }], ...spec }, ...(told && { status: told }) }));
  return podStatus({
    pod: made,
    now: NOW,
    startedAt: NOW,
    place: { nodeName: "n1", hostIP: "192.0.2.1", podIP: "10.0.0.7" },
    attempts: Map.groupBy(attempts, (c) => c.name),
    waiting: new Map(),
    hasSandbox: true,
    over: false,
    failure: undefined,
    lastWords: () => undefined,
    started: () => true,
    ready: () => true,
    ...facts,
  });
}

const first = (made: Pod["status"]): ContainerStatus => made!.containerStatuses![0]!;

describe("a container's status", () => {
  it("waits before it was started", () => {
    expect(first(status([]))).toMatchObject({
      ready: false,
      started: false,
      state: { waiting: { reason: "ContainerCreating" } },
      restartCount: 0,
    });
  });

  it.each([
    [{ exitCode: 0 }, "Completed"],
    [{ exitCode: 2 }, "Error"],
    [{ exitCode: 137, oomKilled: true }, "OOMKilled"],
    [{ exitCode: 127, error: "no such file" }, "ContainerCannotRun"],
  ])("%j is %s", (ended, reason) => {
    expect(first(status([attempt("a", 0, ended)])).state?.terminated).toMatchObject({ exitCode: ended.exitCode, reason });
  });

  it("has the words the container left, and those of the engine before them", () => {
    const lastWords = () => "bye";
    expect(first(status([attempt("a", 0, { exitCode: 1 })], { lastWords })).state?.terminated?.message).toBe("bye");
    expect(first(status([attempt("a", 0, { exitCode: 127, error: "no such file" })], { lastWords })).state?.terminated?.message).toBe(
      "no such file",
    );
  });

  it("shows the start before the present one", () => {
    const made = first(status([attempt("a", 3), attempt("a", 2, { exitCode: 1 })]));
    expect(made).toMatchObject({
      restartCount: 3,
      state: { running: {} },
      lastState: { terminated: { exitCode: 1, containerID: "docker://a2" } },
    });
  });

  it("shows what ended as its last state while it waits", () => {
    const waiting = new Map([["a", { reason: "CrashLoopBackOff", message: "back-off 10s" }]]);
    expect(first(status([attempt("a", 1, { exitCode: 1 })], { waiting }))).toMatchObject({
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1 } },
    });
  });

  it("remembers what the engine has forgotten", () => {
    const running = first(status([attempt("a", 0)]));
    const told = { phase: "Running", containerStatuses: [running] };
    expect(first(status([], { told }))).toMatchObject({
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } },
    });
    const last = { ...running, lastState: { terminated: { exitCode: 5, containerID: "docker://older" } } };
    expect(first(status([attempt("a", 1)], { told: { containerStatuses: [{ ...last, containerID: "docker://a1" }] } })).lastState).toEqual(
      last.lastState,
    );
  });

  it("does not say that a container lives again which ended for good", () => {
    const ended = first(status([attempt("a", 0, { exitCode: 0 })]));
    const told = { phase: "Running", containerStatuses: [ended] };
    expect(first(status([attempt("a", 1)], { told, spec: { restartPolicy: "OnFailure" } })).state?.terminated).toBeDefined();
    expect(first(status([attempt("a", 1)], { told })).state?.running).toBeDefined();
  });
});

describe("a pod's status", () => {
  const conditions = (made: Pod["status"]) =>
    Object.fromEntries(made!.conditions!.map((c) => [c.type, `${c.status} ${c.reason ?? ""}`.trim()]));

  it("has the node's conditions", () => {
    expect(conditions(status([attempt("a", 0)]))).toEqual({
      PodReadyToStartContainers: "True",
      Initialized: "True",
      Ready: "True",
      ContainersReady: "True",
      PodScheduled: "True",
    });
    expect(conditions(status([], { hasSandbox: false }))).toMatchObject({
      PodReadyToStartContainers: "False",
      Ready: "False ContainersNotReady",
      ContainersReady: "False ContainersNotReady",
    });
  });

  it("asks others whether it is ready, where the pod says so", () => {
    const spec = { readinessGates: [{ conditionType: "example.com/lb" }] };
    const made = status([attempt("a", 0)], { spec });
    expect(made.conditions?.find((c) => c.type === "Ready")).toMatchObject({
      status: "False",
      reason: "ReadinessGatesNotReady",
      message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    });
    const told = { conditions: [{ type: "example.com/lb", status: "True" }] };
    expect(conditions(status([attempt("a", 0)], { spec, told })).Ready).toBe("True");
  });

  it("keeps the time of a condition that did not change", () => {
    const lastTransitionTime = "2025-12-31T00:00:00Z";
    const told = { conditions: [{ type: "Ready", status: "True", lastTransitionTime }] };
    const made = status([attempt("a", 0)], { told });
    expect(made.conditions?.find((c) => c.type === "Ready")?.lastTransitionTime).toBe(lastTransitionTime);
    expect(made.conditions?.find((c) => c.type === "Initialized")?.lastTransitionTime).toBe(rfc3339(NOW));
  });

  it("is not over before the last container has ended", () => {
    const failure = { reason: "DeadlineExceeded", message: "too long" };
    const told = { phase: "Running" };
    expect(status([attempt("a", 0)], { failure, told })).toMatchObject({ phase: "Running" });
    expect(status([attempt("a", 0, { exitCode: 143 })], { failure, told })).toMatchObject({ phase: "Failed", ...failure });
  });

  it("never leaves its end again", () => {
    expect(status([attempt("a", 0)], { told: { phase: "Succeeded" } }).phase).toBe("Succeeded");
  });

  it("has no container that waits when it is over", () => {
    const spec = {
      restartPolicy: "Never",
      containers: [
        { name: "a", image },
        { name: "b", image },
      ],
    };
    const made = status([attempt("a", 0, { exitCode: 0 })], { spec, over: true });
    expect(made.phase).toBe("Failed");
    expect(made.containerStatuses?.[1]?.state?.terminated).toMatchObject({ exitCode: 137, reason: "ContainerStatusUnknown" });
  });
});
