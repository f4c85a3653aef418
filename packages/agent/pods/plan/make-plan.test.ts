import { type Container, type ContainerStatus, Pod } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { pod, stored } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { annotation } from "../../containers/annotations.ts";
import { makePlan } from "./make-plan.ts";
import type { PlanInput, PodPlan } from "./pod-plan.ts";

const NOW = 1_000_000;
const image = "app:v1";

interface Scene {
  policy?: string;
  init?: (string | Container)[];
  containers?: string[];
  sandbox?: string;
  /** `name` or `name/attempt`, then `running`, `created` or an exit code; `@old` after it = in another sandbox. */
  there?: Record<string, string>;
  backoffMs?: number;
  starting?: string[];
  told?: ContainerStatus[];
  health?: Record<string, "failed liveness" | "failed startup">;
  notStarted?: string[];
}

function plan(scene: Scene): PodPlan {
  const { policy = "Always", init = [], containers = ["a"], sandbox = "s1", there = {}, starting = [], told = [] } = scene;
  const initContainers = init.map((c) => (typeof c === "string" ? { name: c, image } : c));
  const spec = { restartPolicy: policy, initContainers };
  const made = stored(
    Pod,
    pod("web", { containers: containers.map((name) => ({ name, image })), spec, status: { containerStatuses: told } }),
  );
  const attempts = Map.groupBy(
    Object.entries(there).map(([key, what]) => engineContainer(key, what, scene.backoffMs ?? 0)),
    (c) => c.name,
  );
  for (const list of attempts.values()) list.sort((a, b) => b.attempt - a.attempt);
  const input: PlanInput = {
    pod: made,
    now: NOW,
    sandbox: sandbox === "none" ? undefined : sandbox,
    attempts,
    starting: new Set(starting),
    notBefore: new Map(),
    health: (c) => scene.health?.[c.name] ?? "ok",
    started: (c) => !scene.notStarted?.includes(c.name),
    hashOf: (c) => c.image ?? "",
  };
  return makePlan(input);
}

function engineContainer(key: string, what: string, backoffMs: number): EngineContainer {
  const [name, attempt = "0"] = key.split("/") as [string, string?];
  const [state, where] = what.split("@") as [string, string?];
  const exited = /^\d+$/.test(state);
  return {
    id: key,
    pod: { namespace: "default", name: "web", uid: "u" },
    name,
    attempt: Number(attempt),
    sandbox: where ?? "s1",
    state: exited ? "exited" : (state as "running" | "created"),
    pid: 1,
    createdAt: NOW - 2_000,
    startedAt: NOW - 2_000,
    ...(exited && { exitCode: Number(state), finishedAt: NOW - 1_000 }),
    imageId: "i",
    imageRef: image,
    annotations: { [annotation.hash]: image, [annotation.backoff]: String(backoffMs) },
  };
}

/** A plan in few words. */
function said(scene: Scene): string {
  const { starts, kills, needsSandbox, waiting, over } = plan(scene);
  return [
    ...(needsSandbox ? ["sandbox"] : []),
    ...starts.map((s) => `start ${s.container.name}/${s.attempt}`),
    ...kills.map((k) => `kill ${k.running.name}: ${k.why}`),
    ...[...waiting].map(([name, { reason }]) => `${name} ${reason}`),
    ...(over ? ["over"] : []),
  ].join(", ");
}

const sidecar = { name: "side", image, restartPolicy: "Always" };

describe("makePlan", () => {
  it.each([
    ["a new pod", { sandbox: "none" }, "sandbox"],
    ["with its sandbox", { containers: ["a", "b"] }, "start a/0, start b/0"],
    ["one is being started", { containers: ["a", "b"], starting: ["a"] }, "start b/0"],
    ["everything runs", { there: { a: "running" } }, ""],
    ["one was only created", { there: { a: "created" } }, "start a/0"],
    ["one ended", { there: { a: "1" } }, "start a/1"],
    ["one ended well, and is wanted again", { there: { a: "0" } }, "start a/1"],
    ["one ended, and has to wait", { there: { a: "1" }, backoffMs: 10_000 }, "a CrashLoopBackOff"],
    ["OnFailure, and it failed", { policy: "OnFailure", there: { a: "1" } }, "start a/1"],
    ["OnFailure, and it succeeded", { policy: "OnFailure", there: { a: "0" } }, "over"],
    ["OnFailure, and the other one runs", { policy: "OnFailure", containers: ["a", "b"], there: { a: "0", b: "running" } }, ""],
    ["Never, and it failed", { policy: "Never", there: { a: "1" } }, "over"],
    ["Never, and one never ran", { policy: "Never", containers: ["a", "b"], there: { a: "1" } }, "start b/0"],
    ["it does not live", { there: { a: "running" }, health: { a: "failed liveness" } }, "kill a: liveness"],
    ["it does not start", { there: { a: "running" }, health: { a: "failed startup" } }, "kill a: startup"],
    ["the first of two init containers", { init: ["i", "j"] }, "start i/0"],
    ["the first runs", { init: ["i", "j"], there: { i: "running" } }, ""],
    ["the first is done", { init: ["i", "j"], there: { i: "0" } }, "start j/0"],
    ["both are done", { init: ["i", "j"], there: { i: "0", j: "0" } }, "start a/0"],
    ["one failed", { init: ["i"], there: { i: "1" } }, "start i/1"],
    ["one failed for good", { policy: "Never", init: ["i"], there: { i: "1" } }, "over"],
    ["a sidecar comes first", { init: [sidecar] }, "start side/0"],
    ["a sidecar that has not started", { init: [sidecar], there: { side: "running" }, notStarted: ["side"] }, ""],
    ["a sidecar that has", { init: [sidecar], there: { side: "running" } }, "start a/0"],
    ["a sidecar that ended beside the others", { init: [sidecar], there: { side: "1", a: "running" } }, "start side/1"],
    ["only a sidecar is left", { policy: "Never", init: [sidecar], there: { side: "running", a: "0" } }, "kill side: over, over"],
    ["init containers are not run again", { init: ["i"], there: { a: "running" } }, ""],
    ["the sandbox died under it", { sandbox: "none", there: { a: "running" } }, "kill a: sandbox"],
    ["the sandbox died, and all ended", { sandbox: "none", there: { a: "137" } }, "sandbox"],
    ["the same, and it is not to be restarted", { sandbox: "none", policy: "Never", there: { a: "137" } }, "over"],
    ["the same, and it had succeeded", { sandbox: "none", policy: "OnFailure", there: { a: "0" } }, "over"],
    ["in a new sandbox", { sandbox: "s2", there: { a: "137" } }, "start a/1"],
    ["in a new sandbox init containers run again", { sandbox: "s2", init: ["i"], there: { i: "0", a: "137" } }, "start i/1"],
    ["something runs in the old sandbox", { sandbox: "s2", there: { a: "running" } }, "kill a: sandbox"],
  ] as [string, Scene, string][])("%s", (_, scene, expected) => {
    expect(said(scene)).toBe(expected);
  });

  it("restarts a container that somebody removed, and counts it", () => {
    const told: ContainerStatus[] = [{ name: "a", image, imageID: "", ready: true, restartCount: 2, state: { running: {} } }];
    expect(said({ told })).toBe("start a/3");
    expect(said({ told, policy: "Never" })).toBe("over");
  });

  it("says how long a back-off lasts, and when it ends", () => {
    const { waiting, wakeAt } = plan({ there: { a: "1" }, backoffMs: 80_000 });
    expect(waiting.get("a")?.message).toBe("back-off 1m20s restarting failed container=a pod=web_default(pod-default-web)");
    expect(wakeAt).toBe(NOW + 79_000);
  });

  it("doubles the next back-off", () => {
    expect(plan({ there: { a: "1" } }).starts[0]?.backoffMs).toBe(10_000);
    expect(plan({ there: {} }).starts[0]?.backoffMs).toBe(0);
  });
});
