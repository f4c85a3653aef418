import { describe, expect, it } from "vitest";
import { cells, created, findings } from "../testing.ts";
import { PodTemplate } from "./podtemplate.ts";
import { ReplicationController } from "./replicationcontroller.ts";

const template = { metadata: { labels: { app: "web", tier: "a" } }, spec: { containers: [{ name: "c", image: "bb:1" }] } };

describe("a replication controller", () => {
  it("takes its selector and its labels from its pods", () => {
    const object = created(ReplicationController, { spec: { template } });
    expect(object.spec).toMatchObject({ replicas: 1, selector: { app: "web", tier: "a" } });
    expect(object.metadata.labels).toEqual({ app: "web", tier: "a" });
    expect(object.status).toEqual({ replicas: 0 });
    const own = created(ReplicationController, { metadata: { labels: { own: "1" } }, spec: { selector: { app: "web" }, template } });
    expect([own.spec.selector, own.metadata.labels]).toEqual([{ app: "web" }, { own: "1" }]);
  });

  it.each<[string, object]>([
    ["spec.selector: Required value", { template: { ...template, metadata: {} } }],
    ["spec.template: Required value", { selector: { a: "b" } }],
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0", { replicas: -1, template }],
    [
      'spec.template.metadata.labels: Invalid value: {"app":"web","tier":"a"}: `selector` does not match template `labels`',
      { selector: { app: "db" }, template },
    ],
    [
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported",
      { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 1 } } },
    ],
  ])("is refused: %s", (message, spec) => expect(findings(ReplicationController, { spec })).toContain(message));

  it("prints its replicas", () => {
    const object = { ...created(ReplicationController, { spec: { replicas: 2, template } }), status: { replicas: 1, readyReplicas: 1 } };
    expect(cells(ReplicationController, object)).toMatchObject({
      Desired: 2,
      Current: 1,
      Ready: 1,
      Selector: "app=web,tier=a",
      Images: "bb:1",
    });
  });

  it("should have a name that its pods can have", () => {
    const object = created(ReplicationController, { metadata: { name: "a.b" }, spec: { template } });
    expect(ReplicationController.warnings?.(object)).toEqual([
      "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ]);
  });
});

it("a pod template is checked like a pod's", () => {
  expect(created(PodTemplate, { template }).template?.spec).toMatchObject({ restartPolicy: "Always" });
  expect(findings(PodTemplate, {})).toEqual(["template.spec.containers: Required value"]);
  expect(cells(PodTemplate, created(PodTemplate, { template }))).toEqual({
    Name: "x",
    Containers: "c",
    Images: "bb:1",
    "Pod Labels": "app=web,tier=a",
  });
});
