import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { Job } from "./job.ts";

const UID = "0b1e";
const pod = { restartPolicy: "Never", containers: [{ name: "c", image: "bb:1" }] };
const input = (spec: object = {}, metadata: object = {}) => ({
  metadata: { uid: UID, ...metadata },
  spec: { template: { spec: pod }, ...spec },
});
const job = (spec: object = {}) => created(Job, input(spec));
const whole = (spec: object = {}, metadata: object = {}) => {
  const object = created(Job, input(spec, metadata));
  return [...findings(Job, input(spec, metadata)), ...(Job.validateCreate?.(object) ?? []).map((e) => `${e.field}: ${e.message}`)];
};
const own = {
  "controller-uid": UID,
  "job-name": "x",
  "batch.kubernetes.io/controller-uid": UID,
  "batch.kubernetes.io/job-name": "x",
};
const rule = (fields: object) => ({ podFailurePolicy: { rules: [{ action: "Ignore", ...fields }] } });

describe("a job", () => {
  it("gets its defaults, and a selector that is only its own", () => {
    const object = job();
    expect(object.spec).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: "TerminatingOrFailed",
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": UID } },
      template: { metadata: { labels: own } },
    });
    expect(object.metadata.labels).toEqual(own);
    expect(whole()).toEqual([]);
    expect(job({ parallelism: 3 }).spec.completions).toBeUndefined();
    expect(job({ backoffLimitPerIndex: 1 }).spec.backoffLimit).toBe(2147483647);
    expect(job(rule({ onExitCodes: { operator: "In", values: [1] } })).spec.podReplacementPolicy).toBe("Failed");
  });

  it.each<[string, object]>([
    ["spec.parallelism: Invalid value: -1: must be greater than or equal to 0", { parallelism: -1 }],
    ['spec.completionMode: Unsupported value: "x": supported values: "Indexed", "NonIndexed"', { completionMode: "x" }],
    ["spec.completions: Required value: when completion mode is Indexed", { completionMode: "Indexed", parallelism: 1 }],
    [
      "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
      { completionMode: "Indexed", completions: 1, parallelism: 100001 },
    ],
    ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode", { backoffLimitPerIndex: 1 }],
    ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified", { maxFailedIndexes: 1 }],
    [
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      { template: { spec: { containers: pod.containers } } },
    ],
    [
      'spec.template.spec.restartPolicy: Unsupported value: "x": supported values: "OnFailure", "Never"',
      { template: { spec: { ...pod, restartPolicy: "x" } } },
    ],
    [
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      { template: { spec: { ...pod, restartPolicy: "OnFailure" } }, podFailurePolicy: { rules: [] } },
    ],
    ['spec.podReplacementPolicy: Unsupported value: "x": supported values: "Failed", "TerminatingOrFailed"', { podReplacementPolicy: "x" }],
    ["spec.selector: Required value", { manualSelector: true }],
    [
      'spec.template.metadata.labels: Invalid value: {"b":"c"}: `selector` does not match template `labels`',
      { manualSelector: true, selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { b: "c" } }, spec: pod } },
    ],
    [
      "spec.template.metadata.labels[controller-uid]: Invalid value: " +
        `${JSON.stringify({ ...own, "controller-uid": "mine" })}: must be '${UID}'`,
      { template: { metadata: { labels: { "controller-uid": "mine" } }, spec: pod } },
    ],
    [
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"mine"}}: `selector` not auto-generated',
      { selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "mine" } } },
    ],
  ])("is refused: %s", (message, spec) => expect(whole(spec)).toContain(message));

  it.each<[string, object]>([
    ['spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]', { action: "" }],
    [
      'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
      { action: "FailIndex" },
    ],
    ["spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required", {}],
    [
      "spec.podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
      { onExitCodes: { operator: "In", values: [1] }, onPodConditions: [{ type: "A" }] },
    ],
    [
      "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
      { onExitCodes: { operator: "In", values: [0] } },
    ],
    [
      "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered",
      { onExitCodes: { operator: "NotIn", values: [2, 1] } },
    ],
    ["spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Duplicate value: 2", { onExitCodes: { operator: "NotIn", values: [2, 2] } }],
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod template',
      { onExitCodes: { operator: "In", values: [1], containerName: "z" } },
    ],
    [
      'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "x": supported values: "False", "True", "Unknown"',
      { onPodConditions: [{ type: "A", status: "x" }] },
    ],
  ])("has a failure policy that makes sense: %s", (message, fields) => expect(whole(rule(fields))).toContain(message));

  it("of many indexes has a name that its pods can have", () => {
    const name = "x".repeat(62);
    expect(whole({ completionMode: "Indexed", completions: 10 }, { name })).toContain(
      `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-9`,
    );
  });

  it("stays what it was made for", () => {
    const fixed = updated(Job, job(), (o) => {
      o.spec.completions = 2;
      o.spec.parallelism = 2;
      o.spec.template.spec.nodeSelector = { a: "b" };
      o.spec.selector = { matchLabels: {} };
    });
    expect(fixed.errors.map((e) => e.split(":")[0])).toEqual(["spec.completions", "spec.selector", "spec.template"]);
    const indexed = job({ completionMode: "Indexed", completions: 2, parallelism: 2 });
    const wider = (completions: number, parallelism: number) =>
      updated(Job, indexed, (o) => Object.assign(o.spec, { completions, parallelism })).errors;
    expect(wider(3, 3)).toEqual([]);
    expect(wider(3, 2)).toEqual(["spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"]);
    const waiting = updated(Job, job({ suspend: true }), (o) => {
      o.spec.template.spec.nodeSelector = { a: "b" };
      o.spec.suspend = false;
    });
    expect(waiting.errors).toEqual([]);
  });

  it("prints how far it is", () => {
    const at = Date.UTC(2026, 0, 1, 0, 1, 5);
    const status = { startTime: "2026-01-01T00:00:00Z", succeeded: 1 };
    expect(cells(Job, { ...job({ completions: 3 }), status }, at)).toMatchObject({
      Status: "Running",
      Completions: "1/3",
      Duration: "65s",
    });
    const done = { ...status, completionTime: "2026-01-01T00:00:07Z", conditions: [{ type: "Complete", status: "True" }] };
    expect(cells(Job, { ...job(), status: done }, at)).toMatchObject({ Status: "Complete", Completions: "1/1", Duration: "7s" });
    expect(cells(Job, { ...job({ parallelism: 2 }), status: {} })).toMatchObject({ Completions: "0/1 of 2", Duration: "" });
    expect(Job.selectableFields?.["status.successful"]?.({ ...job(), status })).toBe("1");
  });
});
