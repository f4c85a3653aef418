import { describe, expect, it } from "vitest";
import { findings } from "../../testing.ts";
import { Pod } from "../pod.ts";

const ofPod = (spec: object, container: object = {}) =>
  findings(Pod, { spec: { containers: [{ name: "c", image: "bb", ...container }], ...spec } });
const ofContainer = (container: object) => ofPod({}, container);

describe("validation of a pod", () => {
  it("accepts a plain pod", () => expect(ofPod({})).toEqual([]));

  it.each<[string, object, string]>([
    ["no containers", { containers: [] }, "spec.containers: Required value"],
    [
      "restart policy",
      { restartPolicy: "Maybe" },
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
    ],
    ["deadline", { activeDeadlineSeconds: 0 }, "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
    [
      "dns policy",
      { dnsPolicy: "None" },
      "spec.dnsConfig: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    ],
    ["host alias", { hostAliases: [{ ip: "x" }] }, 'spec.hostAliases[0].ip: Invalid value: "x": must be valid IP address'],
    [
      "toleration",
      { tolerations: [{ key: "a", operator: "Has" }] },
      'spec.tolerations[0].operator: Unsupported value: "Has": supported values: "Equal", "Exists"',
    ],
    [
      "toleration seconds",
      { tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 1 }] },
      "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
    ],
    [
      "node affinity",
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
    ],
    ["volume twice", { volumes: [{ name: "v" }, { name: "v" }] }, 'spec.volumes[1].name: Duplicate value: "v"'],
    [
      "two sources",
      { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/" } }] },
      "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
    ],
    [
      "host path",
      { volumes: [{ name: "v", hostPath: { path: "/a/../b" } }] },
      "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
    ],
    [
      "secret mode",
      { volumes: [{ name: "v", secret: { secretName: "s", defaultMode: 512 } }] },
      "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
    ],
    [
      "item path",
      { volumes: [{ name: "v", configMap: { name: "m", items: [{ key: "k", path: "/abs" }] } }] },
      'spec.volumes[0].configMap.items[0].path: Invalid value: "/abs": must be a relative path',
    ],
    ["init container twice", { initContainers: [{ name: "c", image: "bb" }] }, 'spec.initContainers[0].name: Duplicate value: "c"'],
    [
      "init probe",
      { initContainers: [{ name: "i", image: "bb", livenessProbe: { exec: { command: ["x"] } } }] },
      "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ],
    ["claim", { volumes: [{ name: "v", persistentVolumeClaim: {} }] }, "spec.volumes[0].persistentVolumeClaim.claimName: Required value"],
  ])("%s", (_, spec, message) => expect(ofPod(spec)).toContain(message));

  it.each<[string, object, string]>([
    [
      "name",
      { name: "Web" },
      "spec.containers[0].name: Invalid value: \"Web\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    ["no image", { image: "" }, "spec.containers[0].image: Required value"],
    [
      "image with a space",
      { image: "bb " },
      'spec.containers[0].image: Invalid value: "bb ": must not have leading or trailing whitespace',
    ],
    [
      "pull policy",
      { imagePullPolicy: "Often" },
      'spec.containers[0].imagePullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      "impossible port",
      { ports: [{ containerPort: 70000 }] },
      "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ],
    ["no port", { ports: [{ containerPort: 0 }] }, "spec.containers[0].ports[0].containerPort: Required value"],
    [
      "port name twice",
      {
        ports: [
          { containerPort: 1, name: "a" },
          { containerPort: 2, name: "a" },
        ],
      },
      'spec.containers[0].ports[1].name: Duplicate value: "a"',
    ],
    [
      "host port twice",
      {
        ports: [
          { containerPort: 1, hostPort: 80 },
          { containerPort: 2, hostPort: 80 },
        ],
      },
      'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
    ],
    [
      "protocol",
      { ports: [{ containerPort: 1, protocol: "tcp" }] },
      'spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
    ],
    ["env without a name", { env: [{ value: "1" }] }, "spec.containers[0].env[0].name: Required value"],
    [
      "env from nowhere",
      { env: [{ name: "A", valueFrom: {} }] },
      'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    ],
    [
      "env with both",
      { env: [{ name: "A", value: "1", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] },
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      "field path",
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.foo" } } }] },
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
    ],
    [
      "divisor",
      { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1k" } } }] },
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
    ["mount of nothing", { volumeMounts: [{ name: "v", mountPath: "/v" }] }, 'spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    [
      "request above limit",
      { resources: { requests: { cpu: "200m" }, limits: { cpu: "100m" } } },
      'spec.containers[0].resources.requests: Invalid value: "200m": must be less than or equal to cpu limit of 100m',
    ],
    [
      "unknown resource",
      { resources: { requests: { gpu: "1" } } },
      'spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
    ],
    [
      "negative amount",
      { resources: { limits: { memory: "-1" } } },
      'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    ["probe without handler", { livenessProbe: {} }, "spec.containers[0].livenessProbe: Required value: must specify a handler type"],
    [
      "probe with two",
      { livenessProbe: { exec: { command: ["x"] }, tcpSocket: { port: 1 } } },
      "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than one handler type",
    ],
    [
      "liveness success threshold",
      { livenessProbe: { exec: { command: ["x"] }, successThreshold: 2 } },
      "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
    ],
    [
      "probe port",
      { readinessProbe: { httpGet: { port: 0 } } },
      "spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
    ],
    [
      "restart policy of a container",
      { restartPolicy: "Always" },
      "spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers",
    ],
    [
      "user id",
      { securityContext: { runAsUser: -1 } },
      "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ],
  ])("container: %s", (_, container, message) => expect(ofContainer(container)).toContain(message));

  it("accepts mounts, sidecars and every handler", () => {
    const probes = {
      livenessProbe: { tcpSocket: { port: "web" } },
      readinessProbe: { grpc: { port: 1 } },
      startupProbe: { exec: { command: ["t"] } },
    };
    const errors = ofPod(
      {
        initContainers: [{ name: "side", image: "bb", restartPolicy: "Always", ...probes }],
        volumes: [{ name: "v", emptyDir: { sizeLimit: "1Gi" } }],
      },
      { ...probes, ports: [{ containerPort: 80, name: "web" }], volumeMounts: [{ name: "v", mountPath: "/v", subPath: "a/b" }] },
    );
    expect(errors).toEqual([]);
  });
});
