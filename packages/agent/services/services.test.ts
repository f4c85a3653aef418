import { EndpointSlice, Node, Pod, Service } from "@wherry/api";
import { pod, startControlPlane, stored } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";
import { endpointsOf } from "./endpoints-of.ts";
import { podHostPorts } from "./host-ports.ts";
import { servicePorts } from "./service-ports.ts";

type Conditions = { ready?: boolean; serving?: boolean; terminating?: boolean };
const slice = (endpoints: [ip: string, conditions?: Conditions, nodeName?: string][], name = "web-1"): EndpointSlice =>
  ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: endpoints.map(([ip, conditions = { ready: true }, nodeName = "n1"]) => ({ addresses: [ip], conditions, nodeName })),
  }) as unknown as EndpointSlice;
const service = (spec: object = {}) =>
  ({
    metadata: { name: "web", namespace: "default" },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.96.0.5",
      clusterIPs: ["10.96.0.5"],
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
      ...spec,
    },
  }) as unknown as Service;
const port = { name: "http", port: 80 };
const ips = (slices: EndpointSlice[]) => endpointsOf(port, slices).map((e) => e.ip);

describe("endpoints", () => {
  it("are those that are ready", () => {
    expect(ips([slice([["10.0.0.2"], ["10.0.0.1"], ["10.0.0.3", { ready: false, serving: true, terminating: true }]])])).toEqual([
      "10.0.0.1",
      "10.0.0.2",
    ]);
  });

  it("are those that still serve while they end, when none is ready", () => {
    const ending = { ready: false, serving: true, terminating: true };
    expect(
      ips([
        slice([
          ["10.0.0.1", ending],
          ["10.0.0.2", { ready: false, serving: false, terminating: true }],
        ]),
      ]),
    ).toEqual(["10.0.0.1"]);
  });

  it("of several slices add up, without repeats", () => {
    expect(ips([slice([["10.0.0.1"]]), slice([["10.0.0.1"], ["10.0.0.2"]], "web-2")])).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("belong to a port by its name", () => {
    expect(endpointsOf({ name: "other", port: 81 }, [slice([["10.0.0.1"]])])).toEqual([]);
  });
});

describe("a service", () => {
  const slices = [
    slice([
      ["10.0.0.1", { ready: true }, "n1"],
      ["10.0.0.2", { ready: true }, "n2"],
    ]),
  ];
  const both = [
    { ip: "10.0.0.1", port: 8080 },
    { ip: "10.0.0.2", port: 8080 },
  ];

  it("has one entry for each port", () => {
    expect(servicePorts(service(), slices, "n1")).toEqual([
      { id: "default/web:http", protocol: "TCP", port: 80, addresses: ["10.96.0.5"], endpoints: both },
    ]);
  });

  it("has none without an address", () => {
    expect(servicePorts(service({ clusterIP: "None" }), slices, "n1")).toEqual([]);
    expect(servicePorts(service({ type: "ExternalName", clusterIP: "" }), slices, "n1")).toEqual([]);
  });

  it("is open on the node, and keeps clients to their endpoint", () => {
    const spec = { type: "NodePort", sessionAffinity: "ClientIP", ports: [{ ...port, nodePort: 30080 }], externalIPs: ["192.0.2.9"] };
    expect(servicePorts(service(spec), slices, "n1")).toEqual([
      {
        id: "default/web:http",
        protocol: "TCP",
        port: 80,
        addresses: ["10.96.0.5", "192.0.2.9"],
        nodePort: 30080,
        affinitySeconds: 10_800,
        endpoints: both,
      },
    ]);
  });

  it("may serve the outside from this node alone", () => {
    const spec = { type: "NodePort", externalTrafficPolicy: "Local", ports: [{ ...port, nodePort: 30080 }] };
    const [inside, outside] = servicePorts(service(spec), slices, "n1");
    expect(inside).toMatchObject({ addresses: ["10.96.0.5"], endpoints: both });
    expect(inside).not.toHaveProperty("nodePort");
    expect(outside).toMatchObject({ id: "default/web:http/external", nodePort: 30080, endpoints: [{ ip: "10.0.0.1", port: 8080 }] });
  });
});

describe("host ports", () => {
  it("lead to the pod", () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, hostPort: 53, protocol: "UDP", hostIP: "192.0.2.1" },
    ];
    const web = stored(
      Pod,
      pod("web", { containers: [{ name: "main", image: "i", ports }], status: { podIP: "10.0.0.7", phase: "Running" } }),
    );
    expect(podHostPorts(web)).toEqual([
      {
        id: "default/web:hostport-tcp-8080",
        protocol: "TCP",
        addresses: [],
        port: 8080,
        nodePort: 8080,
        endpoints: [{ ip: "10.0.0.7", port: 80 }],
      },
      { id: "default/web:hostport-udp-53", protocol: "UDP", addresses: ["192.0.2.1"], port: 53, endpoints: [{ ip: "10.0.0.7", port: 53 }] },
    ]);
  });
});

describe("the node's network", () => {
  const at = withNode(startControlPlane);
  const created = (name: string, extra: object) => ({ metadata: { name, namespace: "default" }, ...extra });

  it("follows services and their endpoints", async () => {
    const { spec } = service({ clusterIP: undefined, clusterIPs: undefined });
    await at.client.create(Service, created("web", { spec }) as never);
    const found = () => at.node.network.services.find((s) => s.id === "default/web:http");
    await at.node.eventually("the service", found);
    expect(found()?.endpoints).toEqual([]);
    const { metadata: _, ...content } = slice([["10.0.0.1"]]);
    const labels = { "kubernetes.io/service-name": "web" };
    await at.client.create(EndpointSlice, { ...content, metadata: { name: "web-1", namespace: "default", labels } } as never);
    await at.node.eventually("the endpoint", () => found()?.endpoints[0]?.ip === "10.0.0.1");
    await at.client.delete(Service, { name: "web", namespace: "default" });
    await at.node.eventually("no service", () => !found());
  });

  it("follows other nodes", async () => {
    const status = { addresses: [{ type: "InternalIP", address: "192.0.2.2" }] };
    await at.client.create(Node, { metadata: { name: "n2" }, spec: { podCIDR: "10.244.1.0/24" }, status } as never);
    await at.node.eventually("the peer", () => at.node.network.peers.length === 1);
    expect(at.node.network.peers).toEqual([{ node: "n2", podCIDR: "10.244.1.0/24", address: "192.0.2.2" }]);
    await at.client.delete(Node, { name: "n2" });
    await at.node.eventually("no peer", () => at.node.network.peers.length === 0);
  });
});
