import { ConfigMap, Event, Namespace } from "@wherry/api";
import { conflict, FakeClock, silentLogger } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Controller, type ControllerContext, TerminalError, watchOf } from "./controller.ts";
import { runControllers } from "./run-controllers.ts";

let plane: ControlPlane;
let clock: FakeClock;
let stop: AbortController;
let namespace: string;

beforeEach(async () => {
  plane = await startControlPlane();
  clock = new FakeClock();
  stop = new AbortController();
  namespace = await newNamespace("test");
});
afterEach(async () => {
  stop.abort();
  await plane.close();
});

/** Makes a namespace, and gives its name. */
async function newNamespace(name: string): Promise<string> {
  await plane.client.create(Namespace, { metadata: { name }, spec: {} });
  return name;
}

const start = (...controllers: Controller[]) =>
  runControllers({ controllers, client: plane.client, clock, log: silentLogger, signal: stop.signal, component: "test" });

const isCopy = (o: ConfigMap) => o.metadata.labels?.["copy-of"] !== undefined;

/** Keeps one copy of each ConfigMap, found by a label only: without seeing its own writes it would make several. */
const copier: Controller = {
  name: "copier",
  watches: [
    watchOf<ConfigMap>({
      kind: ConfigMap,
      indexes: { "copy-of": (o) => (isCopy(o) ? [`${o.metadata.namespace}/${o.metadata.labels?.["copy-of"]}`] : []) },
      wakes: (o) => [o.metadata.labels?.["copy-of"] ?? o.metadata.name],
    }),
  ],
  async reconcile(key, context) {
    const lister = context.lister(ConfigMap);
    const original = lister.get(key, namespace);
    const [copy, ...tooMany] = lister.byIndex("copy-of", `${namespace}/${key}`);
    expect(tooMany).toEqual([]);
    if (!original && copy) await removeCopy(copy, context);
    else if (original && !copy) await addCopy(original, context);
    else if (original && copy && copy.data?.value !== original.data?.value) {
      context.wrote(ConfigMap, await context.client.update(ConfigMap, { ...copy, data: { ...original.data } }));
    }
  },
};

async function addCopy(original: ConfigMap, context: ControllerContext): Promise<void> {
  const metadata = { namespace, generateName: "copy-", labels: { "copy-of": original.metadata.name } };
  context.wrote(ConfigMap, await context.client.create(ConfigMap, { metadata, data: { ...original.data } }));
}

async function removeCopy({ metadata: { name } }: ConfigMap, context: ControllerContext): Promise<void> {
  context.wrote(ConfigMap, await context.client.delete(ConfigMap, { name, namespace }));
}

const names = fc.constantFrom("a", "b", "c");
const step = fc.oneof(
  fc.record({ write: names, value: fc.constantFrom("1", "2") }),
  fc.record({ remove: names }),
  fc.constant("settle" as const),
);

describe("runControllers", () => {
  it("makes the world fit, whatever happens and in whatever order", async () => {
    const running = await start(copier);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        for (const s of steps) {
          if (s === "settle") await running.idle();
          else if ("remove" in s) await plane.client.delete(ConfigMap, { name: s.remove, namespace }).catch(() => {});
          else {
            const body = { data: { value: s.value } };
            const create = () => plane.client.create(ConfigMap, { metadata: { name: s.write, namespace }, ...body });
            await plane.client.patch(ConfigMap, { name: s.write, namespace }, { type: "merge", body }).catch(create);
          }
        }
        await running.idle();
        const { items } = await plane.client.list(ConfigMap, { namespace });
        const originals = items.filter((o) => !isCopy(o)).map((o) => [o.metadata.name, o.data?.value]);
        const copies = items.filter(isCopy).map((o) => [o.metadata.labels?.["copy-of"], o.data?.value]);
        expect(copies.sort()).toEqual(originals.sort());
      }),
      { numRuns: 20 },
    );
    expect(running.metrics().copier?.failures).toBe(0);
  });

  it("never works on one key twice at once, and on several keys at the same time", async () => {
    const working = new Set<string>();
    let most = 0;
    const running = await start({
      name: "slow",
      workers: 3,
      watches: [watchOf<ConfigMap>({ kind: ConfigMap, wakes: (o) => [o.metadata.name] })],
      async reconcile(key) {
        expect(working.has(key)).toBe(false);
        working.add(key);
        most = Math.max(most, working.size);
        for (let i = 0; i < 5; i++) await new Promise(setImmediate);
        working.delete(key);
      },
    });
    const write = (name: string) => plane.client.create(ConfigMap, { metadata: { name, namespace } });
    await Promise.all(["a", "b", "c", "d", "e"].map(write));
    for (const data of [{ x: "1" }, { x: "2" }, { x: "3" }]) {
      await plane.client.patch(ConfigMap, { name: "a", namespace }, { type: "merge", body: { data } });
    }
    await running.idle();
    expect(most).toBe(3);
  });

  it("retries a failure with back-off, a conflict at once, and a TerminalError never", async () => {
    const tries: Record<string, number> = {};
    const running = await start({
      name: "failing",
      watches: [watchOf<ConfigMap>({ kind: ConfigMap, wakes: (o) => [o.metadata.name] })],
      async reconcile(key) {
        tries[key] = (tries[key] ?? 0) + 1;
        if (key === "terminal") throw new TerminalError("no use");
        if (key === "conflict" && tries[key] <= 3) throw conflict({ group: "", resource: "configmaps" }, key, "it changed");
        if (key === "failing" && tries[key] <= 3) throw new Error("not yet");
      },
    });
    for (const name of ["terminal", "conflict", "failing"]) await plane.client.create(ConfigMap, { metadata: { name, namespace } });
    await running.idle();
    expect(tries).toMatchObject({ terminal: 1, conflict: 4, failing: 1 });
    await clock.advance(5);
    await running.idle();
    expect(tries.failing).toBe(2);
    await clock.advance(60_000);
    await running.idle();
    await clock.advance(60_000);
    await running.idle();
    expect(tries).toMatchObject({ terminal: 1, conflict: 4, failing: 4 });
    expect(running.metrics().failing).toMatchObject({ failures: 3, terminal: 1, conflicts: 3, queued: 0 });
  });

  it("looks again when the controller asks for it, by its result or by hand", async () => {
    const seen: string[] = [];
    const running = await start({
      name: "waker",
      watches: [watchOf<ConfigMap>({ kind: ConfigMap, wakes: (o) => [o.metadata.name] })],
      async reconcile(key, context) {
        seen.push(key);
        if (key === "a") context.wake("by-hand", 1000);
        return key === "a" && seen.length === 1 ? { requeueAfterMs: 5000 } : undefined;
      },
    });
    await plane.client.create(ConfigMap, { metadata: { name: "a", namespace } });
    await running.idle();
    await clock.advance(1000);
    await running.idle();
    expect(seen).toEqual(["a", "by-hand"]);
    await clock.advance(4000);
    await running.idle();
    expect(seen).toEqual(["a", "by-hand", "a"]);
  });

  it("says which kind was not declared, and keeps indexes of the same name apart", async () => {
    const errors: unknown[] = [];
    const counts: number[] = [];
    const indexed = (name: string, value: string): Controller => ({
      name,
      watches: [watchOf<ConfigMap>({ kind: ConfigMap, wakes: (o) => [o.metadata.name], indexes: { same: () => [value] } })],
      async reconcile(_, context) {
        counts.push(context.lister(ConfigMap).byIndex("same", value).length);
      },
    });
    const undeclared: Controller = {
      name: "undeclared",
      watches: [watchOf<ConfigMap>({ kind: ConfigMap, wakes: (o) => [o.metadata.name] })],
      async reconcile(_, context) {
        try {
          context.lister({ ...ConfigMap, kind: "Other", plural: "others" });
        } catch (error) {
          errors.push(error);
        }
      },
    };
    const running = await start(indexed("x", "1"), indexed("y", "2"), undeclared);
    await plane.client.create(ConfigMap, { metadata: { name: "a", namespace } });
    await running.idle();
    expect(counts).toEqual([1, 1]);
    expect(String(errors[0])).toContain("has no lister of Other: declare it in its watches");
  });

  it("starts nothing after its signal", async () => {
    let reconciles = 0;
    await start({
      name: "stopped",
      watches: [watchOf<ConfigMap>({ kind: ConfigMap, wakes: (o) => [o.metadata.name] })],
      async reconcile() {
        reconciles++;
      },
    });
    stop.abort();
    await plane.client.create(ConfigMap, { metadata: { name: "a", namespace } });
    await clock.advance(1000);
    expect(reconciles).toBe(0);
  });
});

describe("a controller", () => {
  it("that lost a race sees the winner before it tries again, however far its cache was behind", async () => {
    let tries = 0;
    const late: Controller = {
      name: "late",
      watches: [watchOf({ kind: ConfigMap, wakes: (o) => [o.metadata.name] })],
      async reconcile(name, context) {
        const seen = context.lister(ConfigMap).get(name, namespace);
        if (name !== "race" || !seen || seen.data?.late) return;
        // Others write behind its back, over and over.
        if (tries++ < 3) await plane.client.patch(ConfigMap, { name, namespace }, { type: "merge", body: { data: { other: `${tries}` } } });
        context.wrote(ConfigMap, await context.client.update(ConfigMap, { ...seen, data: { ...seen.data, late: "yes" } }));
      },
    };
    const running = await start(late);
    await plane.client.create(ConfigMap, { metadata: { name: "race", namespace } });
    await running.idle();
    expect((await plane.client.get(ConfigMap, { name: "race", namespace })).data).toEqual({ other: "3", late: "yes" });
    expect(running.metrics().late).toMatchObject({ conflicts: 3, failures: 0 });
  });

  it("may start without anything that wakes it, and report in its own name", async () => {
    const starter: Controller = {
      name: "starter",
      eventSource: "starter-controller",
      startWith: ["go"],
      watches: [watchOf({ kind: Namespace })],
      async reconcile(key, context) {
        const about = context.lister(Namespace).get(namespace);
        if (about) context.events.event(about, "Normal", "Started", key);
      },
    };
    await (await start(starter)).idle();
    const { items } = await plane.client.list(Event);
    expect(items.map((e) => `${e.reason} ${e.message} ${e.source?.component}`)).toEqual(["Started go starter-controller"]);
  });
});
