import { ConfigMap } from "@wherry/api";
import type { FakeClock } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller, watchLines } from "../testing/call.ts";

interface Event {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: ConfigMap & { code?: number; reason?: string; message?: string };
}

let plane: ControlPlane;
const transport = () => plane.server.transport({ name: "tester", groups: [] });
const MAPS = "/api/v1/namespaces/default/configmaps";
const at = (name: string) => ({ name, namespace: "default" });
const create = (name: string, labels: Record<string, string> = {}) => plane.client.create(ConfigMap, { metadata: { ...at(name), labels } });
const relabel = (name: string, labels: Record<string, string | null>) =>
  plane.client.patch(ConfigMap, at(name), { type: "merge", body: { metadata: { labels } } });

beforeEach(async () => {
  plane = await startControlPlane();
});
afterEach(() => plane.close());

/** The next `count` events of a watch, as `TYPE name`. */
async function take(events: AsyncGenerator<Event>, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    seen.push(`${value.type} ${value.object.metadata.name ?? ""}`.trim());
  }
  return seen;
}

describe("a watch", () => {
  it("begins with the state of now, or after a revision", async () => {
    const { resourceVersion } = (await create("a")).metadata;
    await create("b");
    const fromNow = watchLines<Event>(transport(), `${MAPS}?watch=1`);
    expect(await take(fromNow, 2)).toEqual(["ADDED a", "ADDED b"]);
    const after = watchLines<Event>(transport(), `${MAPS}?watch=1&resourceVersion=${resourceVersion}`);
    expect(await take(after, 1)).toEqual(["ADDED b"]);
    await relabel("a", { x: "1" });
    await plane.client.delete(ConfigMap, at("b"));
    for (const events of [fromNow, after]) expect(await take(events, 2)).toEqual(["MODIFIED a", "DELETED b"]);
    await fromNow.return(undefined);
    await after.return(undefined);
  });

  it("of one name, in the path or in the old way, is possible", async () => {
    await create("a");
    await create("b");
    for (const path of [`${MAPS}/b?watch=true`, "/api/v1/watch/namespaces/default/configmaps/b"]) {
      const events = watchLines<Event>(transport(), path);
      expect(await take(events, 1)).toEqual(["ADDED b"]);
      await events.return(undefined);
    }
  });

  it("sees objects come and go as they begin and cease to match", async () => {
    const { resourceVersion } = (await plane.client.list(ConfigMap)).metadata;
    const events = watchLines<Event>(transport(), `${MAPS}?watch=1&resourceVersion=${resourceVersion}&labelSelector=x%3D1`);
    await create("a");
    await relabel("a", { x: "1" });
    await relabel("a", { y: "1" });
    const left = await relabel("a", { x: null });
    await plane.client.delete(ConfigMap, at("a"));
    expect(await take(events, 2)).toEqual(["ADDED a", "MODIFIED a"]);
    const { value } = await events.next();
    expect(value).toMatchObject({
      type: "DELETED",
      object: { metadata: { resourceVersion: left.metadata.resourceVersion, labels: { x: "1" } } },
    });
    await create("z", { x: "1" });
    expect(await take(events, 1)).toEqual(["ADDED z"]);
    await events.return(undefined);
  });

  it("ends when its time is over, with a bookmark for who wants one", async () => {
    const clock = plane.clock as FakeClock;
    const events = watchLines<Event>(transport(), `${MAPS}?watch=1&timeoutSeconds=100&allowWatchBookmarks=true`);
    await create("a");
    expect(await take(events, 1)).toEqual(["ADDED a"]);
    await plane.client.create(ConfigMap, { metadata: { name: "other", namespace: "kube-system" } });
    await clock.advance(60_000);
    const { value: bookmark } = await events.next();
    expect(bookmark).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { resourceVersion: String(plane.store.revision) } },
    });
    await clock.advance(40_000);
    expect(await take(events, 2)).toEqual(["BOOKMARK"]);
  });

  it("from a forgotten revision tells 410 and ends", async () => {
    const { resourceVersion } = (await create("a")).metadata;
    for (let i = 0; i < 1100; i++) await create(`m${i}`);
    const fromStore = watchLines<Event>(transport(), `${MAPS}?watch=1&resourceVersion=${resourceVersion}`);
    expect(await take(fromStore, 1101 - 1)).toHaveLength(1100);
    await fromStore.return(undefined);
    await plane.store.compact(plane.store.revision);
    const events = watchLines<Event>(transport(), `${MAPS}?watch=1&resourceVersion=${resourceVersion}`);
    const { value } = await events.next();
    expect(value).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
    expect((await events.next()).done).toBe(true);
  });

  it("marks the end of the initial events on demand", async () => {
    await create("a");
    const query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    const events = watchLines<Event>(transport(), `${MAPS}?${query}`);
    expect(await take(events, 1)).toEqual(["ADDED a"]);
    const { value } = await events.next();
    expect(value).toMatchObject({ type: "BOOKMARK", object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } } });
    await events.return(undefined);
    const api = caller(transport());
    expect((await api("GET", `${MAPS}?watch=1&sendInitialEvents=true`)).json()).toMatchObject({ code: 422 });
    expect((await api("GET", `${MAPS}?watch=1&resourceVersionMatch=Exact`)).json()).toMatchObject({ code: 422 });
  });

  it.each([
    [
      "resourceVersionMatch=Exact",
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ],
    ["sendInitialEvents=false", "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"],
    [
      "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x",
      "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
    ],
  ])("with %s is refused", async (query, why) => {
    const answer = await caller(transport())("GET", `${MAPS}?watch=1&${query}`);
    expect(answer.json()).toMatchObject({ code: 422, message: `ListOptions.meta.k8s.io "" is invalid: ${why}` });
  });

  it("of one name follows that one, and refuses to be of two", async () => {
    await create("a");
    await create("b");
    const events = watchLines<Event>(transport(), `${MAPS}?watch=1&fieldSelector=metadata.name%3Db`);
    expect(await take(events, 1)).toEqual(["ADDED b"]);
    await relabel("a", { x: "1" });
    await relabel("b", { x: "1" });
    expect(await take(events, 1)).toEqual(["MODIFIED b"]);
    await events.return(undefined);
    const answer = await caller(transport())("GET", `${MAPS}/a?watch=1&fieldSelector=metadata.name%3Db`);
    expect(answer.json()).toMatchObject({ code: 400, message: "fieldSelector metadata.name doesn't match requested name" });
  });

  it("streams a list without a resourceVersion, from a state at least as new, or from now on", async () => {
    const { resourceVersion } = (await create("a")).metadata;
    await create("b");
    const options = "watch=1&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    for (const version of ["", "0", resourceVersion]) {
      const events = watchLines<Event>(transport(), `${MAPS}?${options}&sendInitialEvents=true&resourceVersion=${version}`);
      expect(await take(events, 3), version).toEqual(["ADDED a", "ADDED b", "BOOKMARK"]);
      await events.return(undefined);
    }
    const later = watchLines<Event>(transport(), `${MAPS}?${options}&sendInitialEvents=false`);
    const first = take(later, 1);
    await create("c");
    expect(await first).toEqual(["ADDED c"]);
    await later.return(undefined);
    const silent = watchLines<Event>(transport(), `${MAPS}?watch=1&resourceVersionMatch=NotOlderThan&sendInitialEvents=true`);
    expect(await take(silent, 3)).toEqual(["ADDED a", "ADDED b", "ADDED c"]);
    const next = take(silent, 1);
    await create("d");
    expect(await next).toEqual(["ADDED d"]);
    await silent.return(undefined);
  });

  it("ends when the server closes", async () => {
    const events = watchLines<Event>(transport(), `${MAPS}?watch=1`);
    const next = events.next();
    await plane.server.close();
    expect((await next).done).toBe(true);
  });
});

/** One random write: what happens to which of a few objects. */
const writes = fc.array(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    what: fc.constantFrom("put", "put", "put", "delete" as const),
    label: fc.constantFrom("1", "2"),
  }),
  { minLength: 1, maxLength: 40 },
);

it("replays to the list: whatever is written, from wherever it begins", async () => {
  await fc.assert(
    fc.asyncProperty(
      writes,
      fc.nat(40),
      fc.constantFrom("", "labelSelector=x%3D1"),
      fc.boolean(),
      async (steps, begin, selector, compactly) => {
        const path = (query: string) => `${MAPS}?${[query, selector].filter(Boolean).join("&")}`;
        const api = caller(transport());
        const list = async () => (await api("GET", path(""))).json<{ metadata: { resourceVersion: string }; items: ConfigMap[] }>();
        await api("DELETE", MAPS);
        for (const step of steps.slice(0, begin)) await write(step);
        const start = await list();
        const from = compactly ? `watch=1&resourceVersion=${start.metadata.resourceVersion}` : "watch=1&resourceVersion=0";
        const state = new Map(compactly ? start.items.map((item) => [item.metadata.name, item]) : []);
        const writing = (async () => {
          for (const step of steps.slice(begin)) await write(step);
          await create("last", { x: "1" });
        })();
        for await (const { type, object } of watchLines<Event>(transport(), path(from))) {
          const { name } = object.metadata;
          expect(type === "ADDED", `${type} ${name}`).toBe(!state.has(name));
          if (type === "DELETED") state.delete(name);
          else state.set(name, object);
          if (name === "last") break;
        }
        await writing;
        expect([...state.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))).toEqual((await list()).items);
      },
    ),
    { numRuns: 60 },
  );
});

async function write({ name, what, label }: { name: string; what: string; label: string }): Promise<void> {
  const api = caller(transport());
  const object = { metadata: { name, labels: { x: label } }, data: { at: String(plane.store.revision) } };
  if (what === "delete") await api("DELETE", `${MAPS}/${name}`);
  else if ((await api("PUT", `${MAPS}/${name}`, object)).status === 404) await api("POST", MAPS, object);
}
