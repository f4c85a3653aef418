import type { ComponentStatus } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { caller } from "../testing/call.ts";
import { componentStatuses } from "./component-status.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterEach(() => plane.close());

it("tells how the store is, and that it is an old question", async () => {
  const one = await api("GET", "/api/v1/componentstatuses/etcd-0");
  expect(one.json()).toMatchObject({
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name: "etcd-0" },
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  });
  expect(one.headers.warning).toEqual(['299 - "v1 ComponentStatus is deprecated in v1.19+"']);
  const list = (await api("GET", "/api/v1/componentstatuses")).json<{ kind: string; items: ComponentStatus[] }>();
  expect([list.kind, list.items.map((o) => o.metadata.name)]).toEqual(["ComponentStatusList", ["etcd-0"]]);
  expect((await api("GET", "/api/v1/componentstatuses/odd")).json()).toMatchObject({ message: 'componentstatuses "odd" not found' });
  expect((await api("DELETE", "/api/v1/componentstatuses/etcd-0")).json()).toMatchObject({ code: 405 });
});

it("is printed", async () => {
  const table = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
  const { rows } = (await api("GET", "/api/v1/componentstatuses", undefined, table)).json<{ rows: { cells: unknown[] }[] }>();
  expect(rows.map((row) => row.cells)).toEqual([["etcd-0", "Healthy", "ok", ""]]);
});

it("says what is wrong", async () => {
  const answer = componentStatuses([{ name: "scheduler", live: false, run: () => Promise.reject(new Error("it has stopped")) }]);
  const { ComponentStatus: kind, registry } = await import("@wherry/api");
  const request = {
    method: "GET",
    path: "",
    query: new URLSearchParams(),
    headers: {},
    user: undefined,
    body: new Uint8Array(),
    signal: new AbortController().signal,
  };
  const call = { kind, name: "scheduler", watchPrefix: false, request };
  const response = await answer({ registry, clock: plane.clock } as never, call);
  expect(JSON.parse(String(response.body))).toMatchObject({
    conditions: [{ type: "Healthy", status: "False", message: "it has stopped" }],
  });
});
