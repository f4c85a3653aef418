import { ConfigMap, Pod } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

interface List {
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string } }[];
}

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const MAPS = "/api/v1/namespaces/default/configmaps";

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterEach(() => plane.close());

const create = (name: string, labels: Record<string, string> = {}, namespace = "default") =>
  plane.client.create(ConfigMap, { metadata: { name, namespace, labels } });
const names = (list: List) => list.items.map((item) => item.metadata.name);
const list = async (query: string, path = MAPS) => (await api("GET", `${path}?${query}`)).json<List>();

describe("pages", () => {
  beforeEach(async () => {
    for (const name of ["a", "b", "c", "d", "e"]) await create(name);
  });

  it("show one state, whatever is written meanwhile", async () => {
    const first = await list("limit=2");
    expect(names(first)).toEqual(["a", "b"]);
    expect(first.metadata.remainingItemCount).toBe(3);
    await create("bb");
    await plane.client.delete(ConfigMap, { name: "d", namespace: "default" });
    const second = await list(`limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(["c", "d"]);
    expect(second.metadata).toMatchObject({ resourceVersion: first.metadata.resourceVersion, remainingItemCount: 1 });
    const third = await list(`limit=2&continue=${second.metadata.continue}`);
    expect(names(third)).toEqual(["e"]);
    expect(third.metadata.continue).toBeUndefined();
    expect(names(await list(""))).toEqual(["a", "b", "bb", "c", "e"]);
  });

  it("go on with the state of now once theirs is forgotten, and say so", async () => {
    const first = await list("limit=2");
    await create("cc");
    await plane.store.compact(plane.store.revision);
    const answer = await api("GET", `${MAPS}?limit=2&continue=${first.metadata.continue}`);
    expect(answer.json()).toMatchObject({
      code: 410,
      reason: "Expired",
      message: expect.stringContaining("continue parameter is too old"),
    });
    const rest = await list(`limit=9&continue=${answer.json().metadata.continue}`);
    expect(names(rest)).toEqual(["c", "cc", "d", "e"]);
  });

  it("count only what matches, and end with the last match", async () => {
    await create("f", { x: "1" });
    await create("g", { x: "1" });
    await create("h", { x: "1" });
    await create("i");
    const first = await list("limit=2&labelSelector=x");
    expect(names(first)).toEqual(["f", "g"]);
    expect(first.metadata.remainingItemCount).toBeUndefined();
    const second = await list(`limit=2&labelSelector=x&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(["h"]);
    expect(second.metadata.continue).toBeUndefined();
  });

  it("refuse a token that nobody gave", async () => {
    expect((await api("GET", `${MAPS}?continue=zzz`)).json()).toMatchObject({ code: 400, reason: "BadRequest" });
    const { metadata } = await list("limit=1");
    expect((await api("GET", `${MAPS}?continue=${metadata.continue}&resourceVersion=3`)).json().message).toBe(
      "specifying resource version is not allowed when using continue",
    );
  });
});

describe("a continue token", () => {
  const token = (fields: object) => Buffer.from(JSON.stringify(fields)).toString("base64url");
  const v = "meta.k8s.io/v1";

  it.each([
    ["zzz", "it is no token of this server"],
    [token([]), "it is no token of this server"],
    [token({ v: "v9", rv: 1, start: "a\0" }), "server does not recognize this encoded version v9"],
    [token({ v, rv: 0, start: "a\0" }), "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"],
    [token({ v, rv: 1, start: "" }), "encoded start key empty (version meta.k8s.io/v1)"],
    [token({ v, rv: 1, start: "../../secrets/x\0" }), "../../secrets/x\0"],
  ])("%s is refused", async (text, why) => {
    expect((await api("GET", `${MAPS}?continue=${text}`)).json()).toMatchObject({
      code: 400,
      message: `invalid continue token: continue key is not valid: ${why}`,
    });
  });

  it("leads nowhere but into its own list", async () => {
    await create("a", {}, "kube-system");
    for (const start of ["kube-system/\0", "aaa/\0", "zzz/\0"])
      expect(names(await list(`continue=${token({ v, rv: -1, start })}`))).toEqual([]);
  });
});

describe("the options of a list", () => {
  it.each([
    ["sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"],
    ["resourceVersionMatch=Exact", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"],
    [
      "resourceVersion=1&resourceVersionMatch=Some",
      'resourceVersionMatch: Unsupported value: "Some": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      "resourceVersion=0&resourceVersionMatch=Exact",
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      "resourceVersion=1&resourceVersionMatch=Exact&continue=x",
      "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
    ],
  ])("%s are refused", async (query, why) => {
    expect((await api("GET", `${MAPS}?${query}`)).json()).toMatchObject({
      code: 422,
      message: `ListOptions.meta.k8s.io "" is invalid: ${why}`,
    });
  });

  it("find one object by its name at any revision", async () => {
    const { resourceVersion } = (await create("a")).metadata;
    await create("b");
    expect(names(await list("fieldSelector=metadata.name%3Da"))).toEqual(["a"]);
    expect(names(await list("fieldSelector=metadata.name%3Da&limit=1"))).toEqual(["a"]);
    expect(names(await list("fieldSelector=metadata.name%3Db", "/api/v1/configmaps"))).toEqual(["b"]);
    expect(names(await list(`fieldSelector=metadata.name%3Db&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`))).toEqual([]);
    expect(names(await list("fieldSelector=metadata.name%3Da,metadata.name%3Db"))).toEqual([]);
    expect(names(await list("fieldSelector=metadata.name%3Da%5C%2Cb"))).toEqual([]);
  });
});

describe("a state of the past", () => {
  it("is listed exactly, or as something not older", async () => {
    const { resourceVersion } = (await create("a")).metadata;
    await create("b");
    expect(names(await list(`resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`))).toEqual(["a"]);
    expect(names(await list(`resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`))).toEqual(["a", "b"]);
    expect(names(await list(`resourceVersion=${resourceVersion}`))).toEqual(["a", "b"]);
    expect(names(await list("resourceVersion=0&limit=1"))).toEqual(["a", "b"]);
    await plane.store.compact(plane.store.revision);
    expect((await api("GET", `${MAPS}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)).json()).toMatchObject({ code: 410 });
  });

  it("cannot be of the future, nor be nonsense", async () => {
    expect((await api("GET", `${MAPS}?resourceVersion=99999`)).json()).toMatchObject({
      code: 504,
      reason: "Timeout",
      message: expect.stringMatching(/^Timeout: Too large resource version: 99999, current: \d+$/),
      details: { causes: [{ reason: "ResourceVersionTooLarge" }] },
    });
    expect((await api("GET", `${MAPS}?resourceVersion=abc`)).json()).toMatchObject({ code: 422 });
    expect((await api("GET", `${MAPS}?resourceVersionMatch=Exact`)).json().message).toContain(
      "resourceVersionMatch is forbidden unless resourceVersion is provided",
    );
    expect((await api("GET", `${MAPS}?resourceVersion=0&resourceVersionMatch=Exact`)).json().message).toContain(
      "is forbidden for resourceVersion",
    );
    expect((await api("GET", `${MAPS}?limit=x`)).json()).toMatchObject({ code: 400 });
  });
});

describe("selectors", () => {
  it("select by label, field, name and namespace", async () => {
    await create("a", { x: "1" });
    await create("b", { x: "2", y: "1" });
    await create("k", { x: "1" }, "kube-system");
    expect(names(await list("labelSelector=x%3D1"))).toEqual(["a"]);
    expect(names(await list("labelSelector=x%20in%20(1,2),!y"))).toEqual(["a"]);
    expect(names(await list("fieldSelector=metadata.name%3Db"))).toEqual(["b"]);
    expect(names(await list("fieldSelector=metadata.namespace%21%3Ddefault", "/api/v1/configmaps"))).toEqual(["k"]);
    expect(names(await list("labelSelector=x%3D1", "/api/v1/configmaps"))).toEqual(["a", "k"]);
  });

  it("are refused in upstream's words", async () => {
    const message = async (path: string) => (await api("GET", path)).json().message;
    expect(await message(`${MAPS}?fieldSelector=spec.x%3D1`)).toBe(
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
    expect(await message("/api/v1/pods?fieldSelector=spec.x%3D1")).toBe("field label not supported: spec.x");
    expect(await message(`${MAPS}?labelSelector=a%20in%20(b`)).toContain("unable to parse requirement");
    expect(Pod.selectableFields).toHaveProperty(["spec.nodeName"]);
  });
});

it("streams a list that is large", async () => {
  const data = { text: "x".repeat(60_000) };
  for (let i = 10; i < 50; i++) await plane.client.create(ConfigMap, { metadata: { name: `m${i}`, namespace: "default" }, data });
  const { items, kind } = await list("");
  expect(kind).toBe("ConfigMapList");
  expect(items).toHaveLength(40);
  expect((items[39] as unknown as ConfigMap).data).toEqual(data);
});

it("sees every write that was answered", async () => {
  for (let i = 0; i < 100; i++) {
    const name = `n${i}`;
    await create(name);
    expect((await api("GET", `${MAPS}/${name}`)).status).toBe(200);
    await plane.client.delete(ConfigMap, { name, namespace: "default" });
    expect((await api("GET", `${MAPS}/${name}`)).status).toBe(404);
  }
});
