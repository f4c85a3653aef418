import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServicePort } from "../driver.ts";
import { carryOut, isEmptyPlan } from "./change.ts";
import { ServicePlanner } from "./planner.ts";
import { hairpinEntry, ServiceTable } from "./table.ts";

const web: ServicePort = {
  id: "default/web:http",
  protocol: "TCP",
  addresses: ["10.96.0.1"],
  port: 80,
  endpoints: [1, 2, 3].map((n) => ({ ip: `10.244.0.${n}`, port: 8080 })),
};

const endpoint = fc.record({
  ip: fc.constantFrom("10.244.0.2", "10.244.0.3", "10.244.1.2", "10.244.1.3"),
  port: fc.constantFrom(80, 8080),
});
const servicePort = fc.record<ServicePort, "id" | "protocol" | "addresses" | "port" | "endpoints">(
  {
    id: fc.constantFrom("a", "b", "c", "d"),
    protocol: fc.constantFrom("TCP", "UDP"),
    addresses: fc.uniqueArray(fc.constantFrom("10.96.0.1", "10.96.0.2", "10.96.0.3"), { maxLength: 2 }),
    port: fc.constantFrom(80, 443),
    nodePort: fc.constantFrom(30080, 30443),
    endpoints: fc.array(endpoint, { maxLength: 4 }),
    affinitySeconds: fc.constantFrom(60, 10800),
  },
  { requiredKeys: ["id", "protocol", "addresses", "port", "endpoints"] },
);
const services = fc.uniqueArray(servicePort, { selector: (s) => s.id });

describe("ServicePlanner", () => {
  it("changes one element when one endpoint is replaced", () => {
    const planner = new ServicePlanner(new ServiceTable());
    planner.plan([web]);
    const plan = planner.plan([{ ...web, endpoints: [...web.endpoints.slice(1), { ip: "10.244.0.9", port: 8080 }] }]);
    expect(plan.add.filter((e) => e.map === "endpoints")).toEqual([
      { map: "endpoints", key: "10.96.0.1 . tcp . 80 . 1464336384", value: "10.244.0.9 . 8080" },
    ]);
    expect(plan.add.filter((e) => e.map === "services")).toEqual([]);
  });

  it("finds nothing to do for what is there", () => {
    const planner = new ServicePlanner(new ServiceTable());
    planner.plan([web]);
    expect(isEmptyPlan(planner.plan([{ ...web }]))).toBe(true);
  });

  it("gives a contested address to the other once it is free", () => {
    const table = new ServiceTable();
    const planner = new ServicePlanner(table);
    const other = { ...web, id: "default/other:http", endpoints: [{ ip: "10.244.0.7", port: 1 }] };
    planner.plan([web, other]);
    expect(table.maps.services.get("10.96.0.1 . tcp . 80")).toBe("goto n3");
    planner.plan([other]);
    expect(table.slots("endpoints", "10.96.0.1 . tcp . 80")).toEqual(["10.244.0.7 . 1"]);
  });

  it("leaves the node's own addresses alone", () => {
    const table = new ServiceTable();
    new ServicePlanner(table, new Set(["10.96.0.1"])).plan([web]);
    expect([...table.maps.services, ...table.maps.closed]).toEqual([]);
  });

  it("ends, over any history, at what is wanted: every verdict has its chain, every slot its endpoint, and nothing else is left", () => {
    fc.assert(
      fc.property(fc.array(services, { minLength: 1, maxLength: 8 }), fc.nat(7), (history, restartAt) => {
        const table = new ServiceTable();
        let planner = new ServicePlanner(table);
        for (const [step, wanted] of history.entries()) {
          if (step === restartAt) planner = new ServicePlanner(table);
          planner.plan(wanted);
          checkWhole(table, wanted);
        }
      }),
    );
  });

  it("sends the kernel no element that is there already, and deletes none that is not", () => {
    fc.assert(
      fc.property(fc.array(services, { maxLength: 6 }), (history) => {
        const [table, kernel] = [new ServiceTable(), new ServiceTable()];
        const planner = new ServicePlanner(table);
        for (const wanted of history) {
          const plan = planner.plan(wanted);
          for (const { map, key } of plan.delete) expect(kernel.maps[map].delete(key)).toBe(true);
          for (const { map, key } of plan.add) expect(kernel.maps[map].has(key)).toBe(false);
          carryOut(plan, kernel);
          expect(kernel).toEqual(table);
        }
      }),
    );
  });
});

function checkWhole(table: ServiceTable, wanted: readonly ServicePort[]): void {
  let endpoints = 0;
  for (const [map, verdicts] of [
    ["endpoints", table.maps.services],
    ["port-endpoints", table.maps["node-ports"]],
  ] as const)
    for (const [key, verdict] of verdicts) {
      const chain = verdict.replace("goto ", "");
      if (chain.startsWith("a-")) expect(table.affinity.get(chain)!.length).toBeGreaterThan(0);
      else {
        expect(table.spreaders).toContain(chain);
        expect(table.slots(map, key)).toHaveLength(Number(chain.slice(1)));
        endpoints += Number(chain.slice(1));
      }
      const owners = wanted.filter(
        (s) =>
          s.addresses.some((a) => key === `${a} . ${s.protocol.toLowerCase()} . ${s.port}`) ||
          key === `${s.protocol.toLowerCase()} . ${s.nodePort}`,
      );
      const targets = new Set(owners.flatMap((s) => s.endpoints.map((e) => `${e.ip} . ${e.port}`)));
      for (const target of table.slots(map, key)) expect(targets).toContain(target);
    }
  expect(table.maps.endpoints.size + table.maps["port-endpoints"].size).toBe(endpoints);
  expect([...table.maps.hairpin.keys()].sort()).toEqual(
    [...new Set(wanted.flatMap((s) => s.endpoints.map((e) => hairpinEntry(e.ip).key)))].sort(),
  );
  for (const s of wanted)
    for (const address of s.addresses) {
      const key = `${address} . ${s.protocol.toLowerCase()} . ${s.port}`;
      expect(table.maps.services.has(key) || table.maps.closed.has(key)).toBe(true);
    }
}
