import { ConfigMap, Namespace } from "@wherry/api";
import { silentLogger, systemClock } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { FlakyTransport } from "@wherry/testkit/flaky-transport.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "./client.ts";
import { createClient } from "./create-client.ts";
import { createInformer } from "./create-informer.ts";
import type { Informer } from "./informer.ts";

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.close());

/** Makes a namespace, and gives its name. */
async function newNamespace(name: string): Promise<string> {
  await plane.client.create(Namespace, { metadata: { name }, spec: {} });
  return name;
}

type Step = { do: "write" | "remove"; name: string; value: string } | { do: "cut" | "refuse" | "heal" | "settle" };

const name = fc.constantFrom("a", "b", "c", "d");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("write" as const, "remove" as const), name, value: fc.string({ maxLength: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "refuse" as const, "heal" as const, "settle" as const) }) },
);

/** A copy of the cache that is kept only through what handlers are told: it breaks on anything told twice, late or not at all. */
function follow(informer: Informer<ConfigMap>): Map<string, string> {
  const copy = new Map<string, string>();
  informer.on({
    added(o) {
      expect(copy.has(o.metadata.name)).toBe(false);
      copy.set(o.metadata.name, o.metadata.resourceVersion);
    },
    updated(o, previous) {
      expect(copy.get(o.metadata.name)).toBe(previous.metadata.resourceVersion);
      copy.set(o.metadata.name, o.metadata.resourceVersion);
    },
    deleted(o) {
      expect(copy.delete(o.metadata.name)).toBe(true);
    },
  });
  return copy;
}

/** Gives the newest revision it wrote. */
async function write(client: Client, namespace: string, s: { name: string; value: string }): Promise<string> {
  const wanted = { metadata: { namespace, name: s.name, labels: { value: "v" } }, data: { value: s.value } };
  const there = (await client.list(ConfigMap, { namespace })).items.find((o) => o.metadata.name === s.name);
  const written = there
    ? await client.update(ConfigMap, { ...there, ...wanted, metadata: there.metadata })
    : await client.create(ConfigMap, wanted);
  return written.metadata.resourceVersion;
}

async function remove(client: Client, namespace: string, s: { name: string }): Promise<void> {
  await client.delete(ConfigMap, { namespace, name: s.name }).catch((error) => expect(error.reason).toBe("NotFound"));
}

let namespaces = 0;

async function run(steps: readonly Step[]): Promise<void> {
  const namespace = await newNamespace(`informer-${namespaces++}`);
  const flaky = new FlakyTransport(plane.server.transport({ name: "flaky", groups: ["system:masters"] }));
  const stop = new AbortController();
  const options = { clock: systemClock, log: silentLogger, signal: stop.signal, query: { namespace }, pageSize: 2, random: () => 0 };
  const informer = createInformer(createClient(flaky), ConfigMap, options);
  informer.addIndex("value", (o) => Object.values(o.data ?? {}));
  const copy = follow(informer);
  for (const s of steps) {
    if (s.do === "write") await write(plane.client, namespace, s);
    else if (s.do === "remove") await remove(plane.client, namespace, s);
    else if (s.do === "cut") flaky.cut();
    else if (s.do === "settle") await new Promise(setImmediate);
    else flaky[s.do]();
  }
  flaky.heal();
  await remove(plane.client, namespace, { name: "last" });
  await informer.caughtUp(await write(plane.client, namespace, { name: "last", value: "x" }));
  const { items } = await plane.client.list(ConfigMap, { namespace });
  const seen = informer.lister.list(namespace).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const item of items) delete item.metadata.managedFields;
  expect(seen).toEqual(items);
  expect(Object.fromEntries(copy)).toEqual(Object.fromEntries(items.map((o) => [o.metadata.name, o.metadata.resourceVersion])));
  for (const item of items) expect(informer.lister.byIndex("value", item.data?.value ?? "")).toContainEqual(item);
  stop.abort();
}

describe("an informer on a real API server", () => {
  it("ends up with what the server has, whatever is written and however often the link breaks", async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), run), { numRuns: 25 });
  });
});
