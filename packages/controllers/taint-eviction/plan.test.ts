import type { Taint, Toleration } from "@wherry/api";
import { expect, it } from "vitest";
import { EPOCH, pod } from "../fixtures.ts";
import { evictionTime } from "./plan.ts";

const key = "node.kubernetes.io/unreachable";
const added = (seconds: number): Taint => ({ key, effect: "NoExecute", timeAdded: new Date(EPOCH + seconds * 1000).toISOString() });
const tolerates = (tolerationSeconds?: number): Toleration => ({
  key,
  operator: "Exists",
  effect: "NoExecute",
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});
const at = (seconds: number) => EPOCH + seconds * 1000;

it.each<[string, Toleration[], Taint[], number | undefined]>([
  ["without taints", [], [], undefined],
  ["a pod that tolerates nothing", [], [added(10)], 0],
  ["a pod that tolerates it for ever", [tolerates()], [added(10)], undefined],
  ["a pod that tolerates it for a while", [tolerates(300)], [added(10)], at(310)],
  ["the shortest of several tolerations", [tolerates(300), tolerates(60), tolerates()], [added(10)], at(70)],
  ["a negative time", [tolerates(-5)], [added(10)], at(10)],
  ["the first of several taints", [tolerates(300)], [added(10), { key: "other", effect: "NoExecute" }], 0],
  ["a taint without a time", [tolerates(300)], [{ key, effect: "NoExecute" }], at(1300)],
  ["a pod that came later", [tolerates(300)], [added(-100)], at(300)],
])("%s", (_, tolerations, taints, expected) => {
  expect(evictionTime(pod("p", { spec: { tolerations } }), taints, at(1000))).toBe(expected);
});
