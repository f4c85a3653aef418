import { expect, it } from "vitest";
import { created } from "../../testing.ts";
import { Pod } from "../pod.ts";

const warnings = (spec: object, metadata: object = {}) =>
  Pod.warnings?.(created(Pod, { metadata, spec: { containers: [{ name: "c", image: "bb" }], ...spec } }));

it.each<[string, object]>([
  [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    { nodeSelector: { "beta.kubernetes.io/os": "linux" } },
  ],
  [
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    { containers: [{ name: "c", image: "bb", env: [{ name: "A" }, { name: "A" }] }] },
  ],
  [
    'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    { containers: [{ name: "c", image: "bb", resources: { limits: { memory: "100m" }, requests: { memory: "0" } } }] },
  ],
  [
    "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
    { terminationGracePeriodSeconds: -1 },
  ],
  ["spec.hostUsers: accepted, but has no effect in this version", { hostUsers: false }],
  ["spec.securityContext.seLinuxOptions: accepted, but has no effect in this version", { securityContext: { seLinuxOptions: {} } }],
  [
    "spec.containers[0].resources.limits[ephemeral-storage]: accepted, but not enforced in this version",
    { containers: [{ name: "c", image: "bb", resources: { limits: { "ephemeral-storage": "1Gi" } } }] },
  ],
  [
    "spec.volumes[0].csi: volumes of this type cannot be mounted in this version; the pod will not start",
    { volumes: [{ name: "v", csi: { driver: "d" } }] },
  ],
])("warns: %s", (message, spec) => expect(warnings(spec)).toEqual([message]));

it("says nothing of what is honoured", () => {
  const volumes = [
    { name: "a" },
    { name: "b", hostPath: { path: "/b" } },
    { name: "c", projected: { sources: [{ secret: { name: "s" } }] } },
  ];
  expect(warnings({ volumes, hostUsers: true, imagePullSecrets: [{ name: "s" }], affinity: { podAntiAffinity: {} } })).toEqual([]);
});

it("should have a name that can be a host name", () => {
  expect(warnings({}, { name: "a.b" })).toEqual([
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
  ]);
});
