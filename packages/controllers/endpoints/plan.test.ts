import type { Endpoints, Pod, Service } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { EPOCH, meta, type PodFixture, pod, service } from "../fixtures.ts";
import { MAX_ADDRESSES, planEndpoints } from "./plan.ts";

const on = (ip: string, more: PodFixture = {}): Pod => {
  const made = pod(`p-${ip}`, { readySince: EPOCH, ...more });
  return { ...made, spec: { ...made.spec, nodeName: "n1", ...more.spec }, status: { ...made.status, podIP: ip, ...more.status } };
};
const subsets = (s: Service, pods: Pod[]) => {
  const plan = planEndpoints(s, pods, undefined);
  return plan.do === "create" ? plan.object.subsets?.map((x) => [ips(x.addresses), ips(x.notReadyAddresses), ports(x.ports)]) : plan.do;
};
const ips = (list: { ip: string }[] | undefined) => (list ?? []).map((a) => a.ip).join();
const ports = (list: { name?: string; port: number }[] | undefined) => (list ?? []).map((p) => `${p.name ?? ""}:${p.port}`).join();
const deleted = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } };

describe("endpoints of", () => {
  it.each<[string, Service, Pod[], unknown]>([
    [
      "ready and other pods",
      service("web"),
      [on("10.0.0.2"), on("10.0.0.1"), notReady("10.0.0.3")],
      [["10.0.0.1,10.0.0.2", "10.0.0.3", "http:8080"]],
    ],
    ["pods without an address", service("web"), [pod("p")], []],
    ["ended pods", service("web"), [on("10.0.0.1", { status: { phase: "Succeeded" } })], []],
    ["terminating pods", service("web"), [on("10.0.0.1", deleted)], []],
    [
      "a service that publishes what is not ready",
      service("web", { publishNotReadyAddresses: true }),
      [notReady("10.0.0.1"), on("10.0.0.2", deleted)],
      [["10.0.0.1,10.0.0.2", "", "http:8080"]],
    ],
    [
      "named target ports that differ",
      service("web", { ports: [{ port: 80, targetPort: "web" }] }),
      [named("10.0.0.1", 8080), named("10.0.0.2", 9090)],
      [
        ["10.0.0.1", "", ":8080"],
        ["10.0.0.2", "", ":9090"],
      ],
    ],
    ["a named port that a pod lacks", service("web", { ports: [{ port: 80, targetPort: "web" }] }), [on("10.0.0.1")], []],
    ["a headless service without ports", service("web", { clusterIP: "None", ports: [] }), [on("10.0.0.1")], [["10.0.0.1", "", ""]]],
    ["a service without a selector", noSelector(), [], "nothing"],
    ["an external name", service("web", { type: "ExternalName" }), [], "nothing"],
  ])("%s", (_, s, pods, expected) => expect(subsets(s, pods)).toEqual(expected));

  it("a pod with a name in the service's domain", () => {
    const plan = planEndpoints(service("web"), [on("10.0.0.1", { spec: { hostname: "db-0", subdomain: "web" } })], undefined);
    expect(plan).toMatchObject({
      object: { subsets: [{ addresses: [{ hostname: "db-0", nodeName: "n1", targetRef: { kind: "Pod", name: "p-10.0.0.1" } }] }] },
    });
  });
});

function notReady(ip: string): Pod {
  const made = on(ip);
  return { ...made, status: { ...made.status, conditions: [{ type: "Ready", status: "False" }] } };
}

function named(ip: string, containerPort: number): Pod {
  return on(ip, { spec: { containers: [{ name: "main", image: "app:v1", ports: [{ name: "web", containerPort, protocol: "TCP" }] }] } });
}

function noSelector(): Service {
  const { selector: _, ...spec } = service("web").spec;
  return { ...service("web"), spec };
}

describe("a plan", () => {
  const stored = (s: Service, pods: Pod[]): Endpoints => {
    const plan = planEndpoints(s, pods, undefined);
    if (plan.do !== "create") throw new Error(plan.do);
    return { ...plan.object, apiVersion: "v1", kind: "Endpoints", metadata: meta("web", plan.object.metadata) };
  };

  it("writes nothing when nothing changed", () => {
    const s = service("web");
    expect(planEndpoints(s, [on("10.0.0.1")], stored(s, [])).do).toBe("update");
    const pods = [on("10.0.0.1"), on("10.0.0.2")];
    expect(planEndpoints(s, pods, stored(s, [...pods].reverse())).do).toBe("nothing");
  });

  it("takes over the service's labels, and marks a headless one", () => {
    const s = service("web", { clusterIP: "None" }, { labels: { team: "a" } });
    expect(stored(s, []).metadata.labels).toEqual({ team: "a", "service.kubernetes.io/headless": "" });
    expect(planEndpoints(service("web", {}, { labels: { team: "b" } }), [], stored(s, []))).toMatchObject({
      do: "update",
      object: { metadata: { labels: { team: "b" } } },
    });
  });

  it("deletes what belongs to no service", () => {
    expect(planEndpoints(undefined, [], stored(service("web"), [])).do).toBe("delete");
    expect(planEndpoints(undefined, [], undefined).do).toBe("nothing");
  });

  it("holds no more than its capacity, ready addresses first, and says so", () => {
    const many = Array.from({ length: MAX_ADDRESSES + 5 }, (_, i) => on(`10.1.${i >> 8}.${i & 255}`));
    const full = stored(service("web"), [notReady("10.0.0.1"), ...many]);
    const [only] = full.subsets ?? [];
    expect([only?.addresses?.length, only?.notReadyAddresses]).toEqual([MAX_ADDRESSES, undefined]);
    expect(full.metadata.annotations).toEqual({ "endpoints.kubernetes.io/over-capacity": "truncated" });
    const later = planEndpoints(service("web"), [on("10.0.0.1")], full);
    expect(later).toMatchObject({ do: "update", object: { metadata: { annotations: {} } } });
  });
});
