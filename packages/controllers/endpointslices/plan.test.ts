import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meta, pod, service } from "../fixtures.ts";
import { groupsFromPods, sliceMeta } from "./from-pods.ts";
import { MAX_ENDPOINTS, type PortGroup, planSlices, portKey } from "./plan.ts";

const ports = (port: number): DiscoveryEndpointPort[] => [{ name: "http", protocol: "TCP", port }];
const endpoint = (id: number, ready = true): Endpoint => ({
  addresses: [`10.0.${id >> 8}.${id & 255}`],
  conditions: { ready, serving: ready, terminating: false },
  targetRef: { kind: "Pod", name: `p${id}`, uid: `u${id}` },
});
const group = (port: number, ids: readonly number[], ready = true): PortGroup => ({
  ports: ports(port),
  endpoints: ids.map((i) => endpoint(i, ready)),
});
const range = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);
const web = service("web");
const common = sliceMeta(web, "IPv4");

let names = 0;

/** What the server holds after the plan. */
function apply(existing: readonly EndpointSlice[], groups: readonly PortGroup[]) {
  const plan = planSlices(existing, groups, common);
  const kept = existing.filter((s) => !plan.delete.includes(s) && !plan.update.some((u) => u.metadata.uid === s.metadata.uid));
  const made = plan.create.map((s): EndpointSlice => {
    const metadata = meta(`web-${++names}`, s.metadata);
    return { ...s, apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata };
  });
  return { slices: [...kept, ...plan.update, ...made], writes: plan.create.length + plan.update.length + plan.delete.length };
}
const shown = (slices: readonly EndpointSlice[]) =>
  slices.flatMap((s) => s.endpoints.map((e) => `${e.targetRef?.uid} ${e.conditions?.ready} ${portKey(s.ports)}`)).sort();
const wanted = (groups: readonly PortGroup[]) =>
  groups.flatMap((g) => g.endpoints.map((e) => `${e.targetRef?.uid} ${e.conditions?.ready} ${portKey(g.ports)}`)).sort();

describe("slices", () => {
  it("hold at most 100 endpoints each", () => {
    const { slices } = apply([], [group(80, range(250))]);
    expect(slices.map((s) => s.endpoints.length).sort()).toEqual([100, 100, 50]);
  });

  it("are one empty slice when there is nothing, and that one is filled first", () => {
    const empty = apply([], []);
    expect(empty.slices).toMatchObject([{ endpoints: [], ports: [], addressType: "IPv4" }]);
    expect(apply(empty.slices, []).writes).toBe(0);
    const filled = apply(empty.slices, [group(80, [1])]);
    expect([filled.writes, filled.slices.length]).toEqual([1, 1]);
    expect(apply(filled.slices, [])).toMatchObject({ writes: 1, slices: [{ endpoints: [] }] });
  });

  it.each<[string, PortGroup[], PortGroup[], number]>([
    ["one endpoint changes", [group(80, range(250))], [group(80, range(249)), group(80, [249], false)], 1],
    ["one endpoint goes", [group(80, range(250))], [group(80, range(249))], 1],
    ["one endpoint goes and another comes", [group(80, range(250))], [group(80, range(250, 1))], 1],
    ["one endpoint comes where there is room", [group(80, range(250))], [group(80, range(251))], 1],
    ["one endpoint comes where there is none", [group(80, range(200))], [group(80, range(201))], 1],
    ["the port changes", [group(80, range(90))], [group(81, range(90))], 1],
    ["nothing changes", [group(80, range(250))], [group(80, range(250))], 0],
  ])("are written little: %s", (_, before, after, writes) => {
    const first = apply([], before);
    const second = apply(first.slices, after);
    expect(second.writes).toBe(writes);
    expect(shown(second.slices)).toEqual(wanted(after));
  });

  it("are those of the ports that each pod has", () => {
    const { slices } = apply([], [group(80, [1, 2]), group(81, [3]), group(80, [4])]);
    expect(slices.map((s) => [s.ports?.[0]?.port, s.endpoints.length])).toEqual([
      [80, 3],
      [81, 1],
    ]);
  });

  it("always show exactly what is wanted, whatever was before", () => {
    const ids = fc.uniqueArray(fc.nat(260), { maxLength: 260, size: "max" });
    const step = fc.tuple(ids, fc.nat(2), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        let slices: EndpointSlice[] = [];
        for (const [members, split, ready] of steps) {
          const groups = [
            group(
              80,
              members.filter((i) => i % 3 <= split),
              ready,
            ),
            group(
              81,
              members.filter((i) => i % 3 > split),
            ),
          ];
          slices = apply(slices, groups).slices;
          expect(shown(slices)).toEqual(wanted(groups));
          expect(slices.every((s) => s.endpoints.length <= MAX_ENDPOINTS)).toBe(true);
          expect(slices.length).toBeGreaterThan(0);
          expect(apply(slices, groups).writes).toBe(0);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("an endpoint", () => {
  const of = (more: Parameters<typeof pod>[1], spec = {}) => {
    const made = pod("p", more);
    const running = { ...made, spec: { ...made.spec, nodeName: "n1" }, status: { ...made.status, podIP: "10.0.0.1" } };
    return groupsFromPods(service("web", spec), [running], "IPv4", () => "z1")[0]?.endpoints[0];
  };
  const gone = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  it.each<[string, Parameters<typeof pod>[1], object, [boolean, boolean, boolean]]>([
    ["ready", { readySince: 0 }, {}, [true, true, false]],
    ["not ready", {}, {}, [false, false, false]],
    ["terminating but serving", { readySince: 0, metadata: gone }, {}, [false, true, true]],
    ["not ready but published", {}, { publishNotReadyAddresses: true }, [true, false, false]],
    ["terminating but published", { readySince: 0, metadata: gone }, { publishNotReadyAddresses: true }, [true, true, true]],
  ])("that is %s", (_, fixture, spec, [ready, serving, terminating]) => {
    expect(of(fixture, spec)?.conditions).toEqual({ ready, serving, terminating });
  });
  it("names its pod, node and zone", () => {
    expect(of({ readySince: 0 })).toMatchObject({
      addresses: ["10.0.0.1"],
      nodeName: "n1",
      zone: "z1",
      targetRef: { kind: "Pod", name: "p" },
    });
  });
  it("is left out when its pod ended", () => expect(of({ status: { phase: "Failed" } })).toBeUndefined());
});

it("a slice belongs to its service and says who manages it", () => {
  const headless = service("web", { clusterIP: "None" }, { labels: { team: "a" } });
  expect(sliceMeta(headless, "IPv4").metadata).toMatchObject({
    generateName: "web-",
    namespace: "default",
    ownerReferences: [{ apiVersion: "v1", kind: "Service", name: "web", uid: headless.metadata.uid, controller: true }],
    labels: {
      team: "a",
      "service.kubernetes.io/headless": "",
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    },
  });
});
