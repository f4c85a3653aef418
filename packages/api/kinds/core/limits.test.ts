import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { LimitRange } from "./limitrange.ts";
import { ResourceQuota } from "./resourcequota.ts";

const limits = (...items: object[]) => ({ spec: { limits: items } });

describe("a limit range", () => {
  it("fills in what follows from its bounds", () => {
    const object = created(LimitRange, limits({ type: "Container", max: { cpu: "2000m" }, min: { memory: "1Mi" } }));
    expect(object.spec.limits[0]).toEqual({
      type: "Container",
      max: { cpu: "2" },
      min: { memory: "1Mi" },
      default: { cpu: "2" },
      defaultRequest: { cpu: "2", memory: "1Mi" },
    });
  });

  it.each<[string, object]>([
    ['spec.limits[0].type: Invalid value: "Odd": must be a standard limit type or fully qualified', { type: "Odd" }],
    ['spec.limits[0].max[odd]: Invalid value: "odd": must be a standard resource for containers', { type: "Container", max: { odd: "1" } }],
    ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'", { type: "Pod", default: { cpu: "1" } }],
    [
      "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
      { type: "PersistentVolumeClaim" },
    ],
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      { type: "Pod", min: { cpu: "2" }, max: { cpu: "1" } },
    ],
    [
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
      { type: "Container", default: { cpu: "2" }, defaultRequest: { cpu: "3" } },
    ],
    [
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      { type: "Pod", maxLimitRequestRatio: { cpu: "0.5" } },
    ],
    [
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "4": ratio 4 is greater than max/min = 2.000000',
      { type: "Pod", min: { cpu: "1" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "4" } },
    ],
  ])("is refused: %s", (message, item) => expect(findings(LimitRange, limits(item))).toContain(message));

  it("limits a type once, and prints when it was made", () => {
    expect(findings(LimitRange, limits({ type: "Pod" }, { type: "Pod" }))).toEqual(['spec.limits[1].type: Duplicate value: "Pod"']);
    const object = created(LimitRange, { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" }, ...limits() });
    expect(cells(LimitRange, object)).toEqual({ Name: "x", "Created At": "2026-01-01T00:00:00Z" });
  });
});

describe("a resource quota", () => {
  it.each<[string, object]>([
    ['spec.hard[odd]: Invalid value: "odd": must be a standard resource for quota', { hard: { odd: "1" } }],
    ['spec.hard[pods]: Invalid value: "500m": must be an integer', { hard: { pods: "0.5" } }],
    ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0', { hard: { cpu: "-1" } }],
    ['spec.scopes: Invalid value: ["Odd"]: unsupported scope', { scopes: ["Odd"] }],
    ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource', { hard: { cpu: "1" }, scopes: ["BestEffort"] }],
    ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes', { scopes: ["BestEffort", "NotBestEffort"] }],
    [
      "spec.scopeSelector.matchExpressions[0].values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In" }] } },
    ],
  ])("is refused: %s", (message, spec) => expect(findings(ResourceQuota, { spec })).toContain(message));

  it("may speak of counts and of extended resources", () => {
    const hard = { "count/jobs.batch": "5", "requests.example.com/gpu": "2", "requests.storage": "1Gi", services: "3" };
    expect(findings(ResourceQuota, { spec: { hard } })).toEqual([]);
  });

  it("keeps its scopes, and prints what is used", () => {
    const quota = created(ResourceQuota, { spec: { hard: { pods: "2" } } });
    expect(
      updated(ResourceQuota, quota, (o) => {
        o.spec.scopes = ["Terminating"];
      }).errors,
    ).toEqual(['spec.scopes: Invalid value: ["Terminating"]: field is immutable']);
    const status = { hard: { pods: "2", "limits.cpu": "4", cpu: "1" }, used: { pods: "1" } };
    expect(cells(ResourceQuota, { ...quota, status })).toMatchObject({ Request: "cpu: 0/1, pods: 1/2", Limit: "limits.cpu: 0/4" });
  });
});
