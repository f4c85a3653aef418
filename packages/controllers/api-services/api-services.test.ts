import { APIService, CustomResourceDefinition } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { apiServiceController } from "./index.ts";

let plane: ControlPlane;

beforeEach(async () => {
  plane = await startControlPlane({ controllers: [apiServiceController()] });
});
afterEach(() => plane.close());

const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
const version = (name: string, storage: boolean, served = true) => ({ name, storage, served, schema });

async function define(plural: string, ...versions: ReturnType<typeof version>[]) {
  const kind = plural.charAt(0).toUpperCase() + plural.slice(1);
  await plane.client.create(CustomResourceDefinition, {
    metadata: { name: `${plural}.example.com` },
    spec: { group: "example.com", scope: "Cluster", names: { plural, kind }, versions },
  });
  await plane.idle();
}

/** Waits until the server has let go of a definition that is being deleted. */
async function gone(plural: string): Promise<void> {
  const definitions = async () => (await plane.client.list(CustomResourceDefinition)).items.map((o) => o.spec.names.plural);
  await expect.poll(definitions, { timeout: 30_000 }).not.toContain(plural);
}

const listed = async () => {
  await plane.idle();
  return (await plane.client.list(APIService)).items.map((o) => o.metadata.name).filter((name) => name.endsWith(".example.com"));
};

it("lists what is served, and no more", async () => {
  await define("boats", version("v1", true), version("v2", false), version("v0", false, false));
  expect(await listed()).toEqual(["v1.example.com", "v2.example.com"]);
  expect((await plane.client.get(APIService, { name: "v1.example.com" })).spec).toEqual({
    group: "example.com",
    version: "v1",
    groupPriorityMinimum: 1000,
    versionPriority: 100,
  });
  await define("ships", version("v1", true));
  await plane.client.delete(CustomResourceDefinition, { name: "boats.example.com" });
  await gone("boats");
  expect(await listed()).toEqual(["v1.example.com"]);
  await plane.client.delete(CustomResourceDefinition, { name: "ships.example.com" });
  await gone("ships");
  expect(await listed()).toEqual([]);
});

it("leaves alone what someone else listed, and puts back what was taken", async () => {
  const spec = { group: "example.com", version: "v9", groupPriorityMinimum: 1, versionPriority: 1 };
  await plane.client.create(APIService, { metadata: { name: "v9.example.com" }, spec });
  await define("boats", version("v1", true));
  await plane.client.delete(APIService, { name: "v1.example.com" });
  expect(await listed()).toEqual(["v1.example.com", "v9.example.com"]);
});
