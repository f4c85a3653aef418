import { ServicePlanner, type ServicePort, ServiceTable } from "@wherry/network";
import { expect, it } from "vitest";
import { staleFlows } from "./conntrack.ts";
import { linkAlias, linkName, namesOf, parseLinkAlias } from "./names.ts";

const dns: ServicePort = {
  id: "kube-system/dns:dns",
  protocol: "UDP",
  addresses: ["10.96.0.53"],
  port: 53,
  nodePort: 30053,
  endpoints: ["10.244.0.2", "10.244.0.3", "10.244.0.4"].map((ip) => ({ ip, port: 5353 })),
};

function flowsAfter(before: ServicePort, after: readonly ServicePort[]): string[] {
  const planner = new ServicePlanner(new ServiceTable());
  planner.plan([before]);
  return staleFlows(planner.plan(after)).map((args) => args.join(" "));
}

it("forgets the UDP flows to an endpoint that went, and no others", () => {
  expect(flowsAfter(dns, [{ ...dns, endpoints: dns.endpoints.slice(1) }])).toEqual([
    "-D -p udp --orig-dst 10.96.0.53 --orig-port-dst 53 --dst-nat 10.244.0.2",
    "-D -p udp --orig-port-dst 30053 --dst-nat 10.244.0.2",
  ]);
  expect(flowsAfter(dns, [{ ...dns, endpoints: dns.endpoints.toReversed() }])).toEqual([]);
  expect(flowsAfter(dns, [])).toHaveLength(6);
  const tcp = { ...dns, protocol: "TCP" as const };
  expect(flowsAfter(tcp, [])).toEqual([]);
});

it("keeps names of clusters apart, and within the kernel's limits", () => {
  const long = namesOf("a-very-long-cluster-name-that-is-allowed");
  expect(long.bridge.length).toBeLessThanOrEqual(15);
  expect(long.bridge).not.toBe(namesOf("a-very-long-cluster-name-that-is-different").bridge);
  expect(namesOf("demo").bridge).toBe("wh-demo");
  expect(namesOf("demo").lastMetric).toBeLessThan(2 ** 32);
  expect(linkName("demo", "id").length).toBeLessThanOrEqual(15);
});

it("reads a link's alias of its own cluster only", () => {
  expect(parseLinkAlias("demo", linkAlias("demo", "abc", "10.0.0.1"))).toEqual({ id: "abc", ip: "10.0.0.1" });
  expect(parseLinkAlias("other", linkAlias("demo", "abc", "10.0.0.1"))).toBeUndefined();
  expect(parseLinkAlias("demo", "somebody's own")).toBeUndefined();
  expect(parseLinkAlias("demo", undefined)).toBeUndefined();
});
