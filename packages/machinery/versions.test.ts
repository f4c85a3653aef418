import { describe, expect, it } from "vitest";
import { defineKind } from "./kind.ts";
import type { ApiObject } from "./object.ts";
import { Registry } from "./registry.ts";
import { checkAs, checkUpdateAs, compareVersions, fromStored, storedKind, toStored, warningsAs } from "./versions.ts";

interface Boat extends ApiObject {
  oars?: number;
  paddles?: number;
}

const named = {
  group: "boats",
  kind: "Boat",
  plural: "boats",
  singular: "boat",
  scope: "Namespaced",
  schema: "Boat",
  columns: [],
} as const;
const error = (field: string) => ({ type: "FieldValueInvalid", field, message: "wrong" }) as const;
const V2 = defineKind<Boat>({
  ...named,
  version: "v2",
  validate: () => [error("oars")],
  validateUpdate: () => [error("oars")],
  warnings: () => ["v2"],
});
const V1 = defineKind<Boat>({
  ...named,
  version: "v1",
  defaults: (o) => {
    o.paddles ??= 2;
  },
  validate: (o) => (o.paddles === 3 ? [error("paddles")] : []),
  storedAs: {
    kind: V2,
    toStored: ({ paddles, ...o }: Boat) => ({ ...o, oars: paddles }),
    fromStored: (o) => ({ ...o, oars: undefined, paddles: (o as Boat).oars }),
  },
});
const V1beta1 = defineKind<Boat>({ ...named, version: "v1beta1", storedAs: { kind: V2 } });
const metadata = { name: "x", uid: "", resourceVersion: "", creationTimestamp: "" };
const old: Boat = { apiVersion: "boats/v1", kind: "Boat", metadata };

describe("a resource with several versions", () => {
  it("is stored in one", () => {
    expect([V1, V1beta1, V2].map(storedKind)).toEqual([V2, V2, V2]);
    const stored = toStored(V1, { ...old });
    expect(stored).toEqual({ apiVersion: "boats/v2", kind: "Boat", metadata, oars: 2 });
    expect(fromStored(V1, stored)).toMatchObject({ apiVersion: "boats/v1", paddles: 2 });
    expect(fromStored(V1beta1, stored)).toEqual({ ...stored, apiVersion: "boats/v1beta1" });
    expect(toStored(V2, stored)).toBe(stored);
  });

  it("is checked as the request speaks, or else as it is stored", () => {
    const stored = toStored(V1, { ...old, paddles: 3 } as Boat);
    const fields = (errors: readonly { field: string }[]) => errors.map((e) => e.field);
    expect([V1, V1beta1, V2].map((kind) => fields(checkAs(kind, "validate", stored)))).toEqual([["paddles"], ["oars"], ["oars"]]);
    expect(fields(checkUpdateAs(V1, stored, stored, { now: 0 }))).toEqual(["oars"]);
    expect(checkAs(V1, "validateCreate", stored)).toEqual([]);
    expect(warningsAs(V1, stored)).toEqual(["v2"]);
  });

  it("must be served in the version that is stored", () => {
    expect(() => new Registry({ Boat: {} }, [V1])).toThrow("boats/v1 Boat: boats/v2, which it is stored as, is not a stored kind here");
    expect(new Registry({ Boat: {} }, [V1, V2]).byKind("boats/v1", "Boat")).toBe(V1);
  });
});

it("offers stable versions first, and the newest of them before the others", () => {
  const versions = ["v1alpha1", "foo1", "v1", "v11beta2", "v10", "v12alpha1", "v3beta1", "v2", "v10beta3", "foo10", "v11alpha2"];
  expect(versions.toSorted(compareVersions)).toEqual([
    "v10",
    "v2",
    "v1",
    "v11beta2",
    "v10beta3",
    "v3beta1",
    "v12alpha1",
    "v11alpha2",
    "v1alpha1",
    "foo1",
    "foo10",
  ]);
});
