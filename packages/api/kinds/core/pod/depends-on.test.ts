import { describe, expect, it } from "vitest";
import { created, findings } from "../../testing.ts";
import { Pod } from "../pod.ts";
import { dependenciesOf, dependencyName } from "./depends-on.ts";

const spec = { containers: [{ name: "main", image: "app:v1" }] };
const dependent = (text: string) => ({ metadata: { name: "x", annotations: { "wherry.io/depends-on": text } } });
const gates = (text: string, more: object = {}) => created(Pod, { ...dependent(text), spec: { ...spec, ...more } });

describe("what a pod depends on", () => {
  it.each([
    ["", []],
    [" , ", []],
    ["deployment/db", ["deployment/db"]],
    [
      "deploy/db, svc/cache,sts/a.b ,po/p, rc/r,rs/r, ds/d, jobs/j",
      [
        ...["deployment/db", "service/cache", "statefulset/a.b", "pod/p"],
        ...["replicationcontroller/r", "replicaset/r", "daemonset/d", "job/j"],
      ],
    ],
    ["Service/cache, services/cache", ["service/cache"]],
  ])("%j", (text, expected) => expect(dependenciesOf(dependent(text).metadata).map(dependencyName)).toEqual(expected));

  it.each(["db", "configmap/c", "deployment/", "deployment/A", "deployment/a/b", "deployment/a b"])("is refused: %s", (text) => {
    expect(findings(Pod, { ...dependent(text), spec })).toEqual([
      `metadata.annotations[wherry.io/depends-on]: Invalid value: "${text}": must be a list such as "deployment/db, service/cache", of these kinds: daemonset, deployment, job, pod, replicaset, replicationcontroller, service, statefulset`,
    ]);
  });

  it("closes a gate, beside others, and says so in the status", () => {
    expect(gates("deployment/db").spec.schedulingGates).toEqual([{ name: "wherry.io/depends-on" }]);
    const own = { schedulingGates: [{ name: "example.com/own" }] };
    expect(gates("deployment/db", own).spec.schedulingGates).toEqual([...own.schedulingGates, { name: "wherry.io/depends-on" }]);
    expect(gates("deployment/db").status?.conditions).toEqual([
      {
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      },
    ]);
  });

  it("closes none without dependencies, nor for a pod that names its node, which is warned of", () => {
    expect(gates("").spec.schedulingGates).toBeUndefined();
    expect(gates("").status?.conditions).toBeUndefined();
    const placed = gates("deployment/db", { nodeName: "n1" });
    expect(placed.spec.schedulingGates).toBeUndefined();
    expect(Pod.warnings?.(placed)).toContain(
      "metadata.annotations[wherry.io/depends-on]: has no effect on a pod that names its node: no scheduler holds it back",
    );
  });
});
