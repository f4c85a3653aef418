import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { Service } from "./service.ts";

const web = { ports: [{ port: 80 }], selector: { app: "web" } };
const service = (spec: object) => created(Service, { spec: { ...web, ...spec } });

describe("a service", () => {
  it("gets its defaults", () => {
    expect(service({})).toEqual({
      metadata: { name: "x" },
      spec: {
        type: "ClusterIP",
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
        selector: { app: "web" },
      },
      status: { loadBalancer: {} },
    });
    expect(service({ type: "NodePort", sessionAffinity: "ClientIP" }).spec).toMatchObject({
      externalTrafficPolicy: "Cluster",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    });
    expect(service({ type: "LoadBalancer" }).spec).toMatchObject({ allocateLoadBalancerNodePorts: true });
    expect(service({ clusterIP: "None" }).spec).toMatchObject({ clusterIP: "None", clusterIPs: ["None"] });
    expect(service({ type: "ExternalName", externalName: "a.b" }).spec).not.toHaveProperty("ipFamilies");
  });

  it.each<[string, object]>([
    ["spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive", { ports: [{ port: 70000 }] }],
    ["spec.ports: Required value", { ports: [] }],
    ["spec.ports[1].name: Required value", { ports: [{ name: "a", port: 1 }, { port: 2 }] }],
    [
      'spec.ports[1].name: Duplicate value: "a"',
      {
        ports: [
          { name: "a", port: 1 },
          { name: "a", port: 2 },
        ],
      },
    ],
    [
      'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":1}',
      {
        ports: [
          { name: "a", port: 1 },
          { name: "b", port: 1 },
        ],
      },
    ],
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'", { ports: [{ port: 1, nodePort: 30000 }] }],
    [
      'spec.ports[0].targetPort: Invalid value: "WEB": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      { ports: [{ port: 1, targetPort: "WEB" }] },
    ],
    ['spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"', { type: "Magic" }],
    ["spec.externalName: Required value", { type: "ExternalName" }],
    ['spec.sessionAffinity: Unsupported value: "Sticky": supported values: "ClientIP", "None"', { sessionAffinity: "Sticky" }],
    [
      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400",
      { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } } },
    ],
    ['spec.clusterIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', { clusterIP: "here" }],
    [
      "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
      { type: "NodePort", clusterIP: "None" },
    ],
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      { externalIPs: ["127.0.0.1"] },
    ],
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      { externalTrafficPolicy: "Local" },
    ],
    ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'", { loadBalancerClass: "a/b" }],
  ])("is refused: %s", (message, spec) => expect(findings(Service, { spec: { ...web, ...spec } })).toContain(message));

  it("is accepted headless and without ports", () => {
    expect(findings(Service, { spec: { clusterIP: "None" } })).toEqual([]);
  });

  it("has a DNS label that starts with a letter for a name", () => {
    expect(Service.validateName?.("9lives")).toEqual([expect.stringContaining("DNS-1035")]);
  });
});

describe("an update of a service", () => {
  const allocated = service({ type: "NodePort", clusterIP: "10.0.0.1", ports: [{ name: "a", port: 80, nodePort: 30001 }] });

  it("keeps what the server handed out when it is left out", () => {
    const { object, errors } = updated(Service, allocated, (s) => {
      s.spec = {
        type: "NodePort",
        ports: [
          { name: "a", port: 81 },
          { name: "b", port: 82 },
        ],
      };
    });
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] });
    expect(object.spec.ports?.map((p) => p.nodePort)).toEqual([30001, undefined]);
  });

  it("does not give one node port to two ports", () => {
    const { object } = updated(Service, allocated, (s) => {
      s.spec.ports = [
        { name: "a", port: 80 },
        { name: "b", port: 82, nodePort: 30001 },
      ];
    });
    expect(object.spec.ports?.map((p) => p.nodePort)).toEqual([undefined, 30001]);
  });

  it("drops what the new type has no use for", () => {
    const plain = updated(Service, allocated, (s) => Object.assign(s.spec, { type: "ClusterIP" }));
    expect(plain.errors).toEqual([]);
    expect(plain.object.spec.ports).toEqual([{ name: "a", port: 80, protocol: "TCP", targetPort: 80 }]);
    expect(plain.object.spec).not.toHaveProperty("externalTrafficPolicy");
    const named = updated(Service, allocated, (s) => Object.assign(s.spec, { type: "ExternalName", externalName: "a.b" }));
    expect(named.errors).toEqual([]);
    expect(named.object.spec).not.toHaveProperty("clusterIP");
  });

  it("may not change the address", () => {
    expect(updated(Service, allocated, (s) => Object.assign(s.spec, { clusterIP: "10.0.0.2" })).errors).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
  });
});

it("prints addresses and ports", () => {
  const plain = service({
    clusterIP: "10.0.0.1",
    type: "NodePort",
    ports: [
      { port: 80, nodePort: 30001 },
      { port: 53, protocol: "UDP" },
    ],
  });
  expect(cells(Service, plain)).toMatchObject({
    Type: "NodePort",
    "Cluster-IP": "10.0.0.1",
    "External-IP": "<none>",
    "Port(s)": "80:30001/TCP,53/UDP",
    Selector: "app=web",
  });
  expect(cells(Service, service({ type: "LoadBalancer" }))["External-IP"]).toBe("<pending>");
});

it("says that nobody balances its load", () => {
  expect(Service.warnings?.(service({ type: "LoadBalancer" }))).toEqual([expect.stringMatching(/^spec\.type: no load balancer/)]);
  expect(Service.warnings?.(service({}))).toEqual([]);
});
