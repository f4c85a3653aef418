import { describe, expect, it } from "vitest";
import { created } from "../../testing.ts";
import { Pod } from "../pod.ts";

const pod = (spec: object, container: object = {}) =>
  created(Pod, {
    metadata: { name: "p", namespace: "default" },
    spec: { containers: [{ name: "c", image: "bb", ...container }], ...spec },
  });

describe("defaults of a pod", () => {
  it("fill in everything upstream fills in", () => {
    expect(pod({})).toEqual({
      metadata: { name: "p", namespace: "default" },
      spec: {
        containers: [
          {
            name: "c",
            image: "bb",
            imagePullPolicy: "Always",
            resources: {},
            terminationMessagePath: "/dev/termination-log",
            terminationMessagePolicy: "File",
          },
        ],
        dnsPolicy: "ClusterFirst",
        enableServiceLinks: true,
        preemptionPolicy: "PreemptLowerPriority",
        priority: 0,
        restartPolicy: "Always",
        schedulerName: "default-scheduler",
        securityContext: {},
        serviceAccount: "default",
        serviceAccountName: "default",
        terminationGracePeriodSeconds: 30,
        tolerations: [
          { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
          { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
        ],
      },
      status: { phase: "Pending", qosClass: "BestEffort" },
    });
  });

  it.each([
    ["bb", "Always"],
    ["bb:latest", "Always"],
    ["bb:1", "IfNotPresent"],
    ["host:5000/bb", "Always"],
    ["host:5000/bb:2", "IfNotPresent"],
    ["bb@sha256:0123", "IfNotPresent"],
  ])("pull %s %s", (image, policy) => {
    expect(pod({}, { image }).spec.containers[0]?.imagePullPolicy).toBe(policy);
  });

  it("are idempotent", () => {
    const once = pod({ volumes: [{ name: "v", secret: { secretName: "s" } }] }, { livenessProbe: { httpGet: { port: 80 } } });
    const twice = structuredClone(once);
    Pod.defaults?.(twice);
    expect(twice).toEqual(once);
  });

  it("keep what a pod says itself", () => {
    const { spec } = pod({
      terminationGracePeriodSeconds: 0,
      serviceAccount: "robot",
      enableServiceLinks: false,
      tolerations: [{ operator: "Exists" }],
    });
    expect(spec).toMatchObject({ terminationGracePeriodSeconds: 0, serviceAccountName: "robot", enableServiceLinks: false });
    expect(spec.tolerations).toEqual([{ operator: "Exists" }]);
  });

  it("request what is limited, in canonical form", () => {
    const { resources } = pod({}, { resources: { limits: { cpu: 0.5, memory: "1024Mi" }, requests: { cpu: "0.25" } } }).spec.containers[0]!;
    expect(resources).toEqual({ limits: { cpu: "500m", memory: "1Gi" }, requests: { cpu: "250m", memory: "1Gi" } });
  });

  it("complete probes, hooks, ports and environment", () => {
    const container = pod(
      {},
      {
        ports: [{ containerPort: 80 }],
        readinessProbe: { httpGet: { port: 80 } },
        startupProbe: { grpc: { port: 9 }, failureThreshold: 30 },
        lifecycle: { preStop: { httpGet: { port: "web" } } },
        env: [
          { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
        ],
      },
    ).spec.containers[0]!;
    const counters = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1 };
    expect(container).toMatchObject({
      ports: [{ containerPort: 80, protocol: "TCP" }],
      readinessProbe: { httpGet: { port: 80, path: "/", scheme: "HTTP" }, ...counters, failureThreshold: 3 },
      startupProbe: { grpc: { port: 9, service: "" }, ...counters, failureThreshold: 30 },
      lifecycle: { preStop: { httpGet: { port: "web", path: "/", scheme: "HTTP" } } },
      env: [
        { valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
        { valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "0" } } },
      ],
    });
  });

  it("complete volumes", () => {
    const { volumes } = pod({
      volumes: [
        { name: "none" },
        { name: "host", hostPath: { path: "/x" } },
        { name: "map", configMap: { name: "m" } },
        { name: "down", downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] } },
        { name: "proj", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
      ],
    }).spec;
    expect(volumes).toEqual([
      { name: "none", emptyDir: {} },
      { name: "host", hostPath: { path: "/x", type: "" } },
      { name: "map", configMap: { name: "m", defaultMode: 420 } },
      {
        name: "down",
        downwardAPI: { defaultMode: 420, items: [{ path: "l", fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels" } }] },
      },
      { name: "proj", projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 3600 } }] } },
    ]);
  });

  it("give host ports to a pod on the host's network", () => {
    expect(pod({ hostNetwork: true }, { ports: [{ containerPort: 80 }] }).spec.containers[0]?.ports).toEqual([
      { containerPort: 80, hostPort: 80, protocol: "TCP" },
    ]);
  });
});
