import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { Deployment } from "./deployment.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "bb:1" }] } };
const base = { selector: { matchLabels: { app: "web" } }, template };
const deployment = (spec: object = {}) => created(Deployment, { spec: { ...base, ...spec } });
const refused = (spec: object) => findings(Deployment, { spec: { ...base, ...spec } });

describe("a deployment", () => {
  it("gets its defaults", () => {
    expect(deployment()).toEqual({
      metadata: { name: "x" },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        template: {
          metadata: { labels: { app: "web" } },
          spec: {
            containers: [
              {
                name: "c",
                image: "bb:1",
                imagePullPolicy: "IfNotPresent",
                resources: {},
                terminationMessagePath: "/dev/termination-log",
                terminationMessagePolicy: "File",
              },
            ],
            dnsPolicy: "ClusterFirst",
            restartPolicy: "Always",
            schedulerName: "default-scheduler",
            securityContext: {},
            terminationGracePeriodSeconds: 30,
          },
        },
      },
      status: {},
    });
  });

  it("keeps zero replicas and a zero history", () => {
    expect(deployment({ replicas: 0, revisionHistoryLimit: 0 }).spec).toMatchObject({ replicas: 0, revisionHistoryLimit: 0 });
  });

  it.each<[string, object]>([
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0", { replicas: -1 }],
    ["spec.selector: Required value", { selector: undefined }],
    ["spec.selector: Invalid value: {}: empty selector is invalid for deployment", { selector: {} }],
    [
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      { selector: { matchLabels: { app: "db" } } },
    ],
    ["spec.template.spec.containers: Required value", { template: { ...template, spec: {} } }],
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
    ],
    ['spec.strategy.type: Unsupported value: "Slow": supported values: "Recreate", "RollingUpdate"', { strategy: { type: "Slow" } }],
    [
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
      { strategy: { type: "Recreate", rollingUpdate: {} } },
    ],
    [
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
      { strategy: { rollingUpdate: { maxSurge: "0%", maxUnavailable: 0 } } },
    ],
    [
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      { strategy: { rollingUpdate: { maxUnavailable: "101%" } } },
    ],
    [
      "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
      { progressDeadlineSeconds: 5, minReadySeconds: 5 },
    ],
  ])("is refused: %s", (message, spec) => expect(refused(spec)).toContain(message));

  it("keeps its selector", () => {
    const change = (d: Deployment) => {
      d.spec.selector = { matchLabels: { app: "db" } };
      d.spec.template.metadata = { labels: { app: "db" } };
    };
    expect(updated(Deployment, deployment(), change).errors).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
    ]);
  });

  it("has its status and its spec written apart", () => {
    const change = (d: Deployment) => {
      d.spec.replicas = 5;
      d.status = { replicas: 5 };
    };
    expect(updated(Deployment, deployment(), change).object).toMatchObject({ spec: { replicas: 5 }, status: {} });
    expect(updated(Deployment, deployment(), change, "status").object).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 5 } });
  });

  it("prints its progress", () => {
    const object = { ...deployment({ replicas: 3 }), status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 } };
    expect(cells(Deployment, object)).toMatchObject({
      Ready: "2/3",
      "Up-to-date": 3,
      Available: 1,
      Containers: "c",
      Images: "bb:1",
      Selector: "app=web",
    });
  });

  it("warns about its template", () => {
    const object = deployment({ template: { ...template, spec: { ...template.spec, runtimeClassName: "x" } } });
    expect(Deployment.warnings?.(object)).toEqual(["spec.template.spec.runtimeClassName: accepted, but has no effect in this version"]);
  });
});
