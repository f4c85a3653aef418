import { expect, it } from "vitest";
import type { KindDefinition } from "./kind.ts";
import { Registry } from "./registry.ts";

const kind = (group: string, name: string): KindDefinition => ({
  group,
  version: "v1",
  kind: name,
  plural: `${name.toLowerCase()}s`,
  singular: name.toLowerCase(),
  scope: "Namespaced",
  schema: "S",
  columns: [],
});

it("finds kinds by manifest and by URL", () => {
  const [pod, deployment] = [kind("", "Pod"), kind("apps", "Deployment")];
  const registry = new Registry({ S: {} }, [pod, deployment]);
  expect(registry.byKind("v1", "Pod")).toBe(pod);
  expect(registry.byKind("apps/v1", "Deployment")).toBe(deployment);
  expect(registry.byResource("apps", "v1", "deployments")).toBe(deployment);
  expect(registry.byResource("", "v1", "deployments")).toBeUndefined();
  expect(registry.kinds).toEqual([pod, deployment]);
});

it("refuses doubles and missing schemas", () => {
  expect(() => new Registry({ S: {} }, [kind("", "Pod"), kind("", "Pod")])).toThrow("kind v1 Pod (pods) is registered twice");
  expect(() => new Registry({}, [kind("", "Pod")])).toThrow("kind v1 Pod: no schema S in the definitions");
});
