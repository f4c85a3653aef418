import { expect, it } from "vitest";
import { cells, created, findings } from "../testing.ts";
import { ReplicaSet } from "./replicaset.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "bb:1" }] } };
const spec = { selector: { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] }, template };

it("defaults to one replica", () => {
  expect(created(ReplicaSet, { spec })).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 0 } });
});

it("needs a template, and a selector that matches it", () => {
  expect(findings(ReplicaSet, { spec })).toEqual([]);
  expect(findings(ReplicaSet, { spec: { ...spec, template: undefined } })).toEqual(["spec.template: Required value"]);
  expect(findings(ReplicaSet, { spec: { template } })).toEqual(["spec.selector: Required value"]);
});

it("prints its replicas", () => {
  const object = { ...created(ReplicaSet, { spec: { ...spec, replicas: 3 } }), status: { replicas: 2, readyReplicas: 1 } };
  expect(cells(ReplicaSet, object)).toMatchObject({ Desired: 3, Current: 2, Ready: 1, Selector: "app in (web)" });
  expect(ReplicaSet.selectableFields?.["status.replicas"]?.(object)).toBe("2");
});
