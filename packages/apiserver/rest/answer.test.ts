import { ConfigMap } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caller, watchLines } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const MAPS = "/api/v1/namespaces/default/configmaps";
const transport = () => plane.server.transport({ name: "tester", groups: [] });

beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(transport());
  await plane.client.create(ConfigMap, { metadata: { name: "a", namespace: "default" }, data: { x: "y" } });
});
afterAll(() => plane.close());

const as = (shape: string, version = "v1") => ({ accept: `application/json;as=${shape};v=${version};g=meta.k8s.io` });

describe.each(["v1", "v1beta1"])("shapes of meta.k8s.io/%s", (version) => {
  const apiVersion = `meta.k8s.io/${version}`;

  it("are tables, of one, of a list, and of a watch", async () => {
    for (const path of [`${MAPS}/a`, MAPS]) {
      const answer = await api("GET", path, undefined, as("Table", version));
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.json()).toMatchObject({ kind: "Table", apiVersion, rows: [{ object: { kind: "PartialObjectMetadata", apiVersion } }] });
    }
    const events = watchLines<{ object: object }>(transport(), `${MAPS}?watch=1`, undefined, as("Table", version));
    expect((await events.next()).value).toMatchObject({ type: "ADDED", object: { kind: "Table", apiVersion } });
    await events.return(undefined);
  });

  it("are metadata, of one, of a list, and of a watch", async () => {
    const one = await api("GET", `${MAPS}/a`, undefined, as("PartialObjectMetadata", version));
    expect(one.json()).toEqual({ kind: "PartialObjectMetadata", apiVersion, metadata: expect.objectContaining({ name: "a" }) });
    const list = await api("GET", MAPS, undefined, as("PartialObjectMetadataList", version));
    expect(list.json()).toMatchObject({
      kind: "PartialObjectMetadataList",
      apiVersion,
      items: [{ kind: "PartialObjectMetadata", apiVersion }],
    });
    const path = `${MAPS}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`;
    const events = watchLines<object>(transport(), path, undefined, as("PartialObjectMetadata", version));
    expect((await events.next()).value).toMatchObject({ type: "ADDED", object: { kind: "PartialObjectMetadata", apiVersion } });
    expect((await events.next()).value).toMatchObject({ type: "BOOKMARK", object: { kind: "PartialObjectMetadata", apiVersion } });
    await events.return(undefined);
  });

  it("are refused where they do not fit", async () => {
    expect((await api("GET", MAPS, undefined, as("PartialObjectMetadata", version))).json()).toMatchObject({
      code: 406,
      message: "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
    });
    expect((await api("GET", `${MAPS}/a`, undefined, as("PartialObjectMetadataList", version))).json()).toMatchObject({
      code: 406,
      message: "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)",
    });
  });
});

describe("an answer that cannot be given", () => {
  it.each([
    ["POST", MAPS, { metadata: { name: "b" } }],
    ["PUT", `${MAPS}/a`, { metadata: { name: "a" } }],
    ["PATCH", `${MAPS}/a`, { data: null }],
    ["DELETE", `${MAPS}/a`, undefined],
    ["DELETE", MAPS, undefined],
  ] as const)("lets %s %s change nothing", async (method, path, body) => {
    const type = { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" };
    const before = plane.store.revision;
    for (const accept of ["text/html", as("Table", "v7").accept])
      expect((await api(method, path, body, { accept, ...type })).json()).toMatchObject({ code: 406, reason: "NotAcceptable" });
    const table = await api(method, `${path}?includeObject=All`, body, { ...as("Table"), ...type });
    expect(table.json()).toMatchObject({
      code: 400,
      message:
        "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
    });
    expect(plane.store.revision).toBe(before);
  });
});

it("is indented for people", async () => {
  const indented = async (query: string, headers = {}) => (await api("GET", `${MAPS}/a${query}`, undefined, headers)).text.includes("\n  ");
  expect(await indented("")).toBe(false);
  expect(await indented("?pretty=true")).toBe(true);
  expect(await indented("", { "user-agent": "curl/8" })).toBe(true);
  expect(await indented("?pretty=false", { "user-agent": "curl/8" })).toBe(false);
  expect(await indented("", { accept: "application/json;pretty=1" })).toBe(true);
});
