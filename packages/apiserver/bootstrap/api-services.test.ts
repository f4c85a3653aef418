import { APIService } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { expect, it } from "vitest";
import { caller } from "../testing/call.ts";

it("every group that is served is listed, and available", async () => {
  const plane = await startControlPlane();
  const api = caller(plane.server.transport({ name: "admin", groups: [] }));
  const { groups } = (await api("GET", "/apis")).json<{ groups: { name: string; versions: { version: string }[] }[] }>();
  const served = groups.flatMap((g) => g.versions.map((v) => `${v.version}.${g.name}`));
  const { items } = await plane.client.list(APIService);
  expect(items.map((o) => o.metadata.name)).toEqual(["v1.", ...served.filter((name) => name !== "v1.apiregistration.k8s.io")].toSorted());
  const apps = items.find((o) => o.metadata.name === "v1.apps");
  expect(apps?.metadata.labels).toEqual({ "kube-aggregator.kubernetes.io/automanaged": "onstart" });
  expect(apps?.spec).toEqual({ group: "apps", version: "v1", groupPriorityMinimum: 17800, versionPriority: 15 });
  expect(items.map((o) => o.status?.conditions?.[0]?.status)).toEqual(items.map(() => "True"));
  await plane.close();
});
