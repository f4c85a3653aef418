import { describe, expect, it } from "vitest";
import { cells, created, findings, type Input } from "../testing.ts";
import { NetworkPolicy } from "./networkpolicy.ts";

const peer = (from: object) => ({ spec: { ingress: [{ from: [from] }] } });
const port = (p: object) => ({ spec: { egress: [{ ports: [p] }] } });
const FROM = "spec.ingress[0].from[0]";
const PORT = "spec.egress[0].ports[0]";

describe("a network policy", () => {
  it.each<[string[], object]>([
    [["Ingress"], {}],
    [["Ingress"], { ingress: [{}] }],
    [["Ingress", "Egress"], { egress: [{}] }],
    [["Egress"], { egress: [{}], policyTypes: ["Egress"] }],
  ])("is about %j", (expected, spec) => expect(created(NetworkPolicy, { spec }).spec.policyTypes).toEqual(expected));

  it("means TCP", () => {
    expect(created(NetworkPolicy, port({ port: 80 })).spec.egress?.[0]?.ports).toEqual([{ port: 80, protocol: "TCP" }]);
  });

  it.each<[string, Input, string[]]>([
    ["selects anyone", peer({ podSelector: {}, namespaceSelector: {} }), []],
    ["needs a peer", peer({}), [`${FROM}: Required value: must specify a peer`]],
    [
      "does not mix addresses and pods",
      peer({ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }),
      [`${FROM}: Forbidden: may not specify both ipBlock and another peer`],
    ],
    ["needs a range", peer({ ipBlock: { cidr: "" } }), [`${FROM}.ipBlock.cidr: Required value`]],
    ["takes parts of a range out", peer({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }), []],
    ["takes parts of an IPv6 range out", peer({ ipBlock: { cidr: "fd00::/8", except: ["fd01::/16"] } }), []],
    [
      "takes only parts out",
      peer({ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/8", "11.0.0.0/16", "fd00::/16"] } }),
      ["10.0.0.0/8", "11.0.0.0/16", "fd00::/16"].map(
        (cidr, i) => `${FROM}.ipBlock.except[${i}]: Invalid value: "${cidr}": must be a strict subset of \`cidr\``,
      ),
    ],
    [
      "knows protocols",
      port({ protocol: "ICMP" }),
      [`${PORT}.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"`],
    ],
    ["knows ports by name", port({ port: "http" }), []],
    ["knows ports by number", port({ port: 70000 }), [`${PORT}.port: Invalid value: 70000: must be between 1 and 65535, inclusive`]],
    ["takes a range of ports", port({ port: 80, endPort: 90 }), []],
    [
      "takes it in order",
      port({ port: 80, endPort: 79 }),
      [`${PORT}.endPort: Invalid value: 79: must be greater than or equal to \`port\``],
    ],
    [
      "takes no end alone",
      port({ endPort: 79 }),
      [`${PORT}.endPort: Invalid value: 79: may not be specified when \`port\` is not specified`],
    ],
    [
      "takes no end of a name",
      port({ port: "http", endPort: 79 }),
      [`${PORT}.endPort: Invalid value: 79: may not be specified when \`port\` is non-numeric`],
    ],
    [
      "knows its types",
      { spec: { policyTypes: ["x"] } },
      ['spec.policyTypes[0]: Unsupported value: "x": supported values: "Ingress", "Egress"'],
    ],
    [
      "has at most two types",
      { spec: { policyTypes: ["Ingress", "Egress", "Ingress"] } },
      ['spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes'],
    ],
  ])("%s", (_, input, expected) => expect(findings(NetworkPolicy, input)).toEqual(expected));

  it("prints whom it is about, and warns that it is not enforced", () => {
    const object = created(NetworkPolicy, {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      spec: { podSelector: { matchLabels: { app: "web" } } },
    });
    expect(cells(NetworkPolicy, object)["Pod-Selector"]).toBe("app=web");
    expect(cells(NetworkPolicy, created(NetworkPolicy, { spec: {} }))["Pod-Selector"]).toBe("<none>");
    expect(NetworkPolicy.warnings?.(object)).toEqual(["networking.k8s.io/v1 NetworkPolicy: stored, but not enforced in this version"]);
  });
});
