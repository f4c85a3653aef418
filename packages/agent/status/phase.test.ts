import type { ContainerState, ContainerStatus, PodSpec } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { phaseOf } from "./phase.ts";

const running: ContainerState = { running: {} };
const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } });
const waiting: ContainerState = { waiting: { reason: "ContainerCreating" } };

interface Facts {
  state?: ContainerState;
  lastState?: ContainerState;
  started?: boolean;
}

const status = (name: string, { state, lastState, started = state === running }: Facts): ContainerStatus => ({
  name,
  image: "app:v1",
  imageID: "",
  ready: false,
  restartCount: 0,
  started,
  ...(state && { state }),
  ...(lastState && { lastState }),
});

/** Containers by name: `init*` are init containers, `side*` are sidecars. */
function phase(restartPolicy: string, containers: Record<string, Facts>, isTerminal = false): string {
  const names = Object.keys(containers);
  const inits = names.filter((name) => /^(init|side)/.test(name));
  const spec: PodSpec = {
    restartPolicy,
    initContainers: inits.map((name) => ({ name, image: "i", ...(name.startsWith("side") && { restartPolicy: "Always" }) })),
    containers: names.filter((name) => !inits.includes(name)).map((name) => ({ name, image: "i" })),
  };
  return phaseOf(
    spec,
    names.filter((n) => Object.keys(containers[n]!).length).map((name) => status(name, containers[name]!)),
    isTerminal,
  );
}

describe("phaseOf", () => {
  it.each([
    ["Always", { a: { state: running }, b: { state: running } }, "Running"],
    ["Always", { a: { state: running }, b: { state: waiting } }, "Pending"],
    ["Always", { a: { state: running }, b: {} }, "Pending"],
    ["Always", { a: { state: running }, b: { state: ended(1) } }, "Running"],
    ["Always", { a: { state: ended(0) }, b: { state: ended(0) } }, "Running"],
    ["Always", { a: { state: waiting, lastState: ended(1) } }, "Running"],
    ["OnFailure", { a: { state: ended(0) }, b: { state: ended(0) } }, "Succeeded"],
    ["OnFailure", { a: { state: ended(0) }, b: { state: ended(1) } }, "Running"],
    ["Never", { a: { state: ended(0) }, b: { state: ended(1) } }, "Failed"],
    ["Never", { a: { state: ended(0) }, b: { state: ended(0) } }, "Succeeded"],
    ["Never", { a: { state: ended(1) }, b: { state: running } }, "Running"],
    ["Always", { init: { state: running }, a: { state: waiting } }, "Pending"],
    ["Always", { init: { state: ended(0) }, a: { state: running } }, "Running"],
    ["Always", { init: { state: ended(1) }, a: { state: waiting } }, "Pending"],
    ["Never", { init: { state: ended(1) }, a: { state: waiting } }, "Failed"],
    ["Always", { init: { state: waiting, lastState: ended(1) }, a: { state: waiting } }, "Pending"],
    ["Always", { side: { state: running }, a: { state: running } }, "Running"],
    ["Always", { side: { state: running, started: false }, a: { state: waiting } }, "Pending"],
    ["Always", { side: { state: running, started: false }, a: { state: running } }, "Running"],
    ["Never", { side: { state: running }, a: { state: ended(0) } }, "Running"],
    ["Never", { side: { state: ended(137) }, a: { state: ended(0) } }, "Succeeded"],
  ] as [string, Record<string, Facts>, string][])("%s %j is %s", (policy, containers, expected) => {
    expect(phase(policy, containers)).toBe(expected);
  });

  it("goes by exit codes alone when nothing will be started again", () => {
    expect(phase("Always", { a: { state: ended(0) } }, true)).toBe("Succeeded");
    expect(phase("Always", { a: { state: ended(143) } }, true)).toBe("Failed");
  });
});
