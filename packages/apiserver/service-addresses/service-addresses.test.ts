import { Service, type ServiceSpec } from "@wherry/api";
import { StatusError } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Pool } from "./pool.ts";

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ server: { serviceCIDR: "10.0.0.0/28", nodePortRange: { from: 30000, to: 30007 } } });
});
afterEach(() => plane.close());

/** Of sixteen addresses two are no host's, one is the API's and one is the name server's. */
const FREE = 12;
const at = (name: string) => ({ name, namespace: "default" });
const create = (name: string, spec: Partial<ServiceSpec> = {}, dryRun = false) =>
  plane.client.create(Service, { metadata: at(name), spec: { ports: [{ port: 80 }], ...spec } }, { dryRun });
const remove = (name: string) => plane.client.delete(Service, at(name));
const refused = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(StatusError);
  return (error as StatusError).message;
};

describe("cluster IPs", () => {
  it("are unique, and come back", async () => {
    const all = await Promise.all(Array.from({ length: FREE }, (_, i) => create(`s${i}`)));
    const ips = all.map((service) => service.spec.clusterIP as string);
    expect(new Set([...ips, "10.0.0.1", "10.0.0.10"]).size).toBe(14);
    expect(all.every(({ spec }) => spec.clusterIPs?.[0] === spec.clusterIP)).toBe(true);
    expect(await refused(create("full"))).toContain("range is full");
    await remove("s3");
    expect((await create("again")).spec.clusterIP).toBe(ips[3]);
  });

  it("may be asked for", async () => {
    const { spec } = await create("a", { clusterIP: "10.0.0.9" });
    expect(spec.clusterIPs).toEqual(["10.0.0.9"]);
    expect(await refused(create("b", { clusterIP: "10.0.0.9" }))).toBe(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{"10.0.0.9"}: failed to allocate IP 10.0.0.9: provided IP is already allocated',
    );
    expect(await refused(create("b", { clusterIP: "10.1.0.9" }))).toContain(
      "failed to allocate IP 10.1.0.9: the provided IP (10.1.0.9) is not in the valid range. The range of valid IPs is 10.0.0.0/28",
    );
    expect((await create("headless", { clusterIP: "None" })).spec.clusterIP).toBe("None");
    expect((await create("outside", { type: "ExternalName", externalName: "example.com" })).spec.clusterIP).toBeUndefined();
  });

  it("are not used up by what is not stored", async () => {
    for (let i = 0; i < 40; i++) {
      await create("dry", {}, true);
      await refused(create("kubernetes"));
    }
    await Promise.all(Array.from({ length: FREE }, (_, i) => create(`s${i}`)));
  });

  it("are kept by an update, and freed by a change of type", async () => {
    const first = await create("a", { clusterIP: "10.0.0.5" });
    const spec: ServiceSpec = { ...first.spec };
    delete spec.clusterIP;
    delete spec.clusterIPs;
    const kept = await plane.client.update(Service, { ...first, spec });
    expect(kept.spec.clusterIP).toBe("10.0.0.5");
    const outside: ServiceSpec = { type: "ExternalName", externalName: "example.com" };
    expect((await plane.client.update(Service, { ...kept, spec: outside })).spec.clusterIP).toBeUndefined();
    await create("b", { clusterIP: "10.0.0.5" });
  });
});

describe("node ports", () => {
  it("are unique, may be asked for, and come back", async () => {
    const first = await create("a", { type: "NodePort", ports: [{ port: 80, nodePort: 30003 }] });
    expect(first.spec.ports?.[0]?.nodePort).toBe(30003);
    expect(await refused(create("b", { type: "NodePort", ports: [{ port: 80, nodePort: 30003 }] }))).toBe(
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30003: provided port is already allocated',
    );
    expect(await refused(create("b", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }))).toContain(
      "provided port is not in the valid range. The range of valid ports is 30000-30007",
    );
    const others = await Promise.all(Array.from({ length: 7 }, (_, i) => create(`n${i}`, { type: "NodePort" })));
    expect(new Set([30003, ...others.map(({ spec }) => spec.ports?.[0]?.nodePort)]).size).toBe(8);
    expect(await refused(create("full", { type: "NodePort" }))).toContain("range is full");
    await plane.client.patch(Service, at("a"), { type: "merge", body: { spec: { type: "ClusterIP" } } });
    expect((await create("again", { type: "NodePort" })).spec.ports?.[0]?.nodePort).toBe(30003);
  });

  it("may be one number for TCP and UDP of one service", async () => {
    const ports = [
      { name: "t", port: 53, nodePort: 30001, protocol: "TCP" },
      { name: "u", port: 53, nodePort: 30001, protocol: "UDP" },
    ];
    expect((await create("dns", { type: "NodePort", ports })).spec.ports).toHaveLength(2);
  });
});

it("never gives one thing to two", () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom("any", "take", "release"), fc.integer({ min: 1, max: 20 }), fc.constantFrom("x", "y", "z")),
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (commands, dynamicFrom) => {
      const pool = new Pool({ from: 1, to: 20, dynamicFrom });
      const model = new Map<number, string>();
      for (const [what, value, owner] of commands) {
        if (what === "release") {
          pool.release(value, owner);
          if (model.get(value) === owner) model.delete(value);
        } else if (what === "take") {
          const free = !model.has(value) || model.get(value) === owner;
          expect(pool.take(value, owner)).toBe(free);
          if (free) model.set(value, owner);
        } else {
          const given = pool.takeAny(owner);
          expect(given === undefined).toBe(model.size === 20);
          if (given === undefined) continue;
          expect(model.has(given)).toBe(false);
          const upperIsFull = Array.from({ length: 21 - dynamicFrom }, (_, i) => dynamicFrom + i).every((v) => model.has(v));
          expect(given >= dynamicFrom || upperIsFull).toBe(true);
          model.set(given, owner);
        }
      }
    }),
  );
});
