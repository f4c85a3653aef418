import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { DaemonSet } from "./daemonset.ts";

const template = {
  metadata: { labels: { app: "log" } },
  spec: { nodeSelector: { disk: "ssd" }, containers: [{ name: "c", image: "bb:1" }] },
};
const base = { selector: { matchLabels: { app: "log" } }, template };
const daemon = (spec: object = {}) => created(DaemonSet, { spec: { ...base, ...spec } });
const refused = (spec: object) => findings(DaemonSet, { spec: { ...base, ...spec } });
const GENERATION = "deprecated.daemonset.template.generation";

describe("a daemon set", () => {
  it("gets its defaults", () => {
    expect(daemon().spec).toMatchObject({
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    });
    expect(daemon().status).toEqual({ currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 });
  });

  it.each<[string, object]>([
    [
      'spec.updateStrategy: Unsupported value: {"type":"x"}: supported values: "RollingUpdate", "OnDelete"',
      { updateStrategy: { type: "x" } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
      { updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    ],
    [
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      { updateStrategy: { rollingUpdate: { maxUnavailable: "101%" } } },
    ],
    ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset", { selector: {} }],
    [
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
      { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 1 } } },
    ],
  ])("is refused: %s", (message, spec) => expect(refused(spec)).toContain(message));

  it("counts the changes of its template, and keeps its selector", () => {
    const first = daemon();
    expect(first.metadata.annotations).toEqual({ [GENERATION]: "1" });
    const same = updated(DaemonSet, first, (o) => {
      o.metadata.annotations = { own: "1" };
      o.spec.minReadySeconds = 5;
    });
    expect(same.object.metadata.annotations).toEqual({ own: "1", [GENERATION]: "1" });
    const other = updated(DaemonSet, first, (o) => {
      o.spec.template.spec.containers[0]!.image = "bb:2";
      o.spec.selector = { matchLabels: {} };
    });
    expect(other.object.metadata.annotations).toEqual({ [GENERATION]: "2" });
    expect(other.errors).toContain('spec.selector: Invalid value: {"matchLabels":{}}: field is immutable');
  });

  it("prints its numbers", () => {
    const status = {
      desiredNumberScheduled: 3,
      currentNumberScheduled: 2,
      numberReady: 1,
      numberMisscheduled: 0,
      updatedNumberScheduled: 2,
    };
    expect(cells(DaemonSet, { ...daemon(), status })).toMatchObject({
      Desired: 3,
      Current: 2,
      Ready: 1,
      "Up-to-date": 2,
      Available: 0,
      "Node Selector": "disk=ssd",
      Selector: "app=log",
    });
  });
});
