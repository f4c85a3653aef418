import { describe, expect, it } from "vitest";
import { created } from "../../testing.ts";
import { Pod } from "../pod.ts";
import { podQOSClass } from "./qos.ts";
import { podLimits, podRequests } from "./requests.ts";

const container = (name: string, requests: object, limits?: object) => ({
  name,
  image: "bb",
  resources: { requests, ...(limits && { limits }) },
});
const sidecar = (name: string, requests: object) => ({ ...container(name, requests), restartPolicy: "Always" });
const pod = (spec: object) => created(Pod, { spec });
const shown = (amounts: ReadonlyMap<string, { toString(): string }>) =>
  Object.fromEntries([...amounts].map(([name, a]) => [name, String(a)]));

describe("what a pod requests", () => {
  it("is the sum of its containers and its overhead", () => {
    const containers = [container("a", { cpu: "100m", memory: "1Gi" }), container("b", { cpu: "1900m" })];
    expect(shown(podRequests(pod({ containers, overhead: { cpu: "1" } })))).toEqual({ cpu: "3", memory: "1Gi" });
  });

  it("is what the hungriest init container needs, when that is more", () => {
    const initContainers = [container("i", { cpu: "3" }), container("j", { memory: "1Mi" })];
    expect(shown(podRequests(pod({ initContainers, containers: [container("a", { cpu: "1", memory: "2Mi" })] })))).toEqual({
      cpu: "3",
      memory: "2Mi",
    });
  });

  it("counts a sidecar beside the containers, and beside the init containers after it", () => {
    const containers = [container("a", { cpu: "1" })];
    const late = [container("i", { cpu: "2" }), sidecar("s", { cpu: "1" })];
    const early = [sidecar("s", { cpu: "1" }), container("i", { cpu: "2" })];
    expect(shown(podRequests(pod({ initContainers: late, containers })))).toEqual({ cpu: "2" });
    expect(shown(podRequests(pod({ initContainers: early, containers })))).toEqual({ cpu: "3" });
  });

  it("has limits of its own", () => {
    const containers = [container("a", {}, { cpu: "1" }), container("b", {})];
    expect(shown(podLimits(pod({ containers, overhead: { cpu: "1", memory: "1" } })))).toEqual({ cpu: "2" });
  });
});

describe("the QoS class of a pod", () => {
  const both = { cpu: "1", memory: "1Gi" };
  it.each([
    ["BestEffort", [container("a", {})]],
    ["BestEffort", [container("a", { cpu: "0" })]],
    ["Burstable", [container("a", { cpu: "1" })]],
    ["Burstable", [container("a", both, both), container("b", {})]],
    ["Burstable", [container("a", { cpu: "500m" }, both)]],
    ["Guaranteed", [container("a", both, both)]],
    ["Guaranteed", [container("a", {}, both)]],
  ])("is %s", (expected, containers) => expect(podQOSClass(pod({ containers }))).toBe(expected));
});
