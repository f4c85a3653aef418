import { describe, expect, it } from "vitest";
import { Lease } from "../coordination/lease.ts";
import { EndpointSlice } from "../discovery/endpointslice.ts";
import { cells, created, findings, updated } from "../testing.ts";
import { Endpoints } from "./endpoints.ts";
import { Event } from "./event.ts";
import { Namespace } from "./namespace.ts";
import { Node } from "./node.ts";

describe("a namespace", () => {
  const namespace = created(Namespace, { metadata: { name: "prod" } });

  it("is active, finalized by the server, and labelled with its name", () => {
    expect(namespace).toEqual({
      metadata: { name: "prod", labels: { "kubernetes.io/metadata.name": "prod" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
    expect(Namespace.validateName?.("a.b")).toEqual(["must not contain dots"]);
  });

  it("gives up its finalizers only through finalize", () => {
    const drop = (n: Namespace) => Object.assign(n.spec, { finalizers: [] });
    expect(updated(Namespace, namespace, drop).object.spec.finalizers).toEqual(["kubernetes"]);
    expect(updated(Namespace, namespace, drop, "finalize").object.spec.finalizers).toEqual([]);
  });
});

describe("a node", () => {
  const ready = (status: string) => ({ conditions: [{ type: "Ready", status }] });
  const node = (status: object, spec: object = {}) =>
    created(Node, { metadata: { labels: { "node-role.kubernetes.io/worker": "" } }, spec, status });

  it.each([
    ["Ready", node(ready("True"))],
    ["NotReady", node(ready("Unknown"))],
    ["Unknown", node({})],
    ["Ready,SchedulingDisabled", node(ready("True"), { unschedulable: true })],
  ])("is %s", (expected, object) => expect(cells(Node, object).Status).toBe(expected));

  it("prints its roles, addresses and versions", () => {
    const nodeInfo = { kubeletVersion: "v1", osImage: "Debian", kernelVersion: "6", containerRuntimeVersion: "docker://20" };
    const object = node({ addresses: [{ type: "InternalIP", address: "10.1.1.1" }], nodeInfo });
    expect(cells(Node, object)).toMatchObject({
      Roles: "worker",
      Version: "v1",
      "Internal-IP": "10.1.1.1",
      "External-IP": "<none>",
      "OS-Image": "Debian",
      "Kernel-Version": "6",
      "Container-Runtime": "docker://20",
    });
  });

  it("can allocate all it has, unless it says otherwise", () => {
    expect(node({ capacity: { cpu: "2000m" } }).status).toMatchObject({ capacity: { cpu: "2" }, allocatable: { cpu: "2" } });
  });

  it("keeps its pod range, and refuses bad taints", () => {
    const placed = node({}, { podCIDR: "10.1.0.0/24" });
    expect(placed.spec.podCIDRs).toEqual(["10.1.0.0/24"]);
    const move = (n: Node) => Object.assign(n.spec, { podCIDR: "10.2.0.0/24", podCIDRs: ["10.2.0.0/24"] });
    expect(updated(Node, placed, move).errors).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
    expect(findings(Node, { spec: { taints: [{ key: "a", effect: "Never" }] } })).toEqual([
      'spec.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
  });
});

describe("endpoints", () => {
  const subset = (ips: string[], ...ports: number[]) => ({ addresses: ips.map((ip) => ({ ip })), ports: ports.map((port) => ({ port })) });

  it.each<[string, object[]]>([
    ["<none>", []],
    ["10.0.0.1:80", [subset(["10.0.0.1"], 80)]],
    ["10.0.0.1", [subset(["10.0.0.1"])]],
    ["10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...", [subset(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"], 80)]],
  ])("print %s", (expected, subsets) => expect(cells(Endpoints, created(Endpoints, { subsets })).Endpoints).toBe(expected));

  it("refuse addresses that lead nowhere", () => {
    expect(findings(Endpoints, { subsets: [subset(["127.0.0.1"], 80)] })).toEqual([
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ]);
    expect(findings(Endpoints, { subsets: [{}] })).toEqual(["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"]);
  });
});

describe("an endpoint slice", () => {
  const slice = { addressType: "IPv4", ports: [{ port: 80 }], endpoints: [{ addresses: ["10.0.0.1"] }] };

  it("is checked, and keeps its address type", () => {
    expect(findings(EndpointSlice, slice)).toEqual([]);
    expect(findings(EndpointSlice, { ...slice, endpoints: [{ addresses: ["fd00::1"] }] })).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address',
    ]);
    const prev = created(EndpointSlice, { ...slice, endpoints: [] });
    expect(updated(EndpointSlice, prev, (s) => Object.assign(s, { addressType: "IPv6" })).errors).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });

  it("prints ports and addresses", () => {
    expect(cells(EndpointSlice, created(EndpointSlice, slice))).toMatchObject({ AddressType: "IPv4", Ports: "80", Endpoints: "10.0.0.1" });
    expect(cells(EndpointSlice, created(EndpointSlice, { addressType: "IPv4", endpoints: [] }))).toMatchObject({
      Ports: "<unset>",
      Endpoints: "<unset>",
    });
  });
});

describe("an event", () => {
  const NOW = Date.UTC(2026, 0, 1, 0, 10);
  const event = (o: object) =>
    created(Event, { metadata: { namespace: "a" }, involvedObject: { kind: "Pod", name: "p", namespace: "a" }, ...o });

  it("prints when and what", () => {
    const object = event({
      type: "Warning",
      reason: "BackOff",
      message: " it failed \n",
      count: 4,
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:05:00Z",
      source: { component: "agent", host: "n1" },
    });
    expect(cells(Event, object, NOW)).toMatchObject({
      "Last Seen": "5m",
      Type: "Warning",
      Reason: "BackOff",
      Object: "pod/p",
      Message: "it failed",
      Source: "agent, n1",
      "First Seen": "10m",
      Count: 4,
    });
    expect(cells(Event, event({ eventTime: "2026-01-01T00:09:30.000000Z" }), NOW)).toMatchObject({ "Last Seen": "30s", Count: 1 });
  });

  it("lives where its object lives", () => {
    expect(findings(Event, { metadata: { namespace: "b" }, involvedObject: { namespace: "a" } })).toEqual([
      'involvedObject.namespace: Invalid value: "a": does not match event.namespace',
    ]);
    expect(findings(Event, { metadata: { namespace: "default" }, involvedObject: { kind: "Node" } })).toEqual([]);
  });
});

it("a lease lasts some time", () => {
  expect(findings(Lease, { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } })).toEqual([
    "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
    "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
  ]);
});
