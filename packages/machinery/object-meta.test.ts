import { describe, expect, it } from "vitest";
import { isDNS1035Label } from "./names.ts";
import type { ObjectMeta } from "./object.ts";
import { generateName, initObjectMeta, isControlledBy, keepObjectMeta, withFinalizer, withoutFinalizer } from "./object-meta.ts";
import { validateObjectMetaUpdate } from "./object-meta-update.ts";
import { validateObjectMeta } from "./object-meta-validation.ts";

const stored: ObjectMeta = { name: "a", namespace: "ns", uid: "u1", resourceVersion: "5", creationTimestamp: "2026-01-01T00:00:00Z" };
const shown = (meta: Partial<ObjectMeta>, namespaced = true) =>
  validateObjectMeta(meta, { namespaced }).map((e) => `${e.field}: ${e.message}`);

describe("initObjectMeta", () => {
  it("gives what only the server may set", () => {
    const meta: Partial<ObjectMeta> = { generateName: "web-", resourceVersion: "9", uid: "mine", deletionTimestamp: "x", generation: 7 };
    initObjectMeta(meta, { now: Date.UTC(2026, 0, 2), hasGeneration: true });
    expect(meta).toEqual({
      generateName: "web-",
      name: expect.stringMatching(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/),
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: "2026-01-02T00:00:00Z",
      generation: 1,
    });
  });

  it("cuts long prefixes so that the name fits a label", () => {
    expect(generateName("x".repeat(100))).toHaveLength(63);
  });
});

describe("keepObjectMeta", () => {
  it("leaves out what is empty, as on create", () => {
    const empty: Partial<ObjectMeta> = { annotations: {}, labels: {}, finalizers: [], ownerReferences: [], managedFields: [] };
    const next = { ...stored, ...empty };
    keepObjectMeta(next, { ...stored, labels: { a: "b" } });
    expect(next).toEqual(stored);
    const made = { name: "a", ...empty };
    initObjectMeta(made, { now: 0 });
    expect(Object.keys(made).sort()).toEqual(["creationTimestamp", "name", "uid"]);
  });

  it("keeps the system's fields and what was left out", () => {
    const next: Partial<ObjectMeta> = { name: "a", creationTimestamp: "1999-01-01T00:00:00Z", deletionTimestamp: "x", labels: { a: "b" } };
    keepObjectMeta(next, { ...stored, generation: 3, managedFields: [{ manager: "m", operation: "Update" }] });
    expect(next).toEqual({
      name: "a",
      uid: "u1",
      creationTimestamp: stored.creationTimestamp,
      generation: 3,
      labels: { a: "b" },
      managedFields: [{ manager: "m", operation: "Update" }],
    });
  });
});

describe("validateObjectMeta", () => {
  it("finds nothing wrong with a good one", () => {
    expect(shown({ ...stored, finalizers: ["example.com/x", "orphan"], labels: { "a.b/c": "" }, annotations: { "A.B/c": "any" } })).toEqual(
      [],
    );
  });

  it("says what is wrong in Kubernetes' words", () => {
    expect(shown({ namespace: "ns" })).toEqual(["metadata.name: Required value: name or generateName is required"]);
    expect(shown({ name: "a" })).toEqual(["metadata.namespace: Required value"]);
    expect(shown({ name: "a", namespace: "b" }, false)).toEqual(["metadata.namespace: Forbidden: not allowed on this type"]);
    expect(shown({ name: "A_", namespace: "ns" })[0]).toMatch(/^metadata.name: Invalid value: "A_": a lowercase RFC 1123 subdomain must/);
    expect(shown({ ...stored, finalizers: ["mine"] })).toEqual([
      'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
    expect(shown({ ...stored, annotations: { a: "x".repeat(262144) } })[0]).toMatch(/^metadata.annotations: Too long/);
  });

  it("lets a prefix end with a dash", () => {
    expect(validateObjectMeta({ ...stored, generateName: "web-" }, { namespaced: true, validateName: isDNS1035Label })).toEqual([]);
    expect(validateObjectMeta({ ...stored, generateName: "Web-" }, { namespaced: true })).toHaveLength(1);
  });

  it("allows one controller among the owners", () => {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u", controller: true };
    expect(shown({ ...stored, ownerReferences: [owner, { ...owner, name: "s" }] })[0]).toMatch(
      /Only one reference can have Controller set to true. Found "true" in references for ReplicaSet\/r and ReplicaSet\/s$/,
    );
    expect(shown({ ...stored, ownerReferences: [{ ...owner, uid: "", apiVersion: "" }] })).toEqual([
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
    ]);
  });
});

describe("validateObjectMetaUpdate", () => {
  it("refuses what may not change", () => {
    expect(validateObjectMetaUpdate({ ...stored, uid: "", labels: { a: "b" } }, stored)).toEqual([]);
    expect(validateObjectMetaUpdate({ ...stored, name: "b", uid: "u2" }, stored).map((e) => `${e.field}: ${e.message}`)).toEqual([
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.uid: Invalid value: "u2": field is immutable',
    ]);
    expect(validateObjectMetaUpdate({ ...stored, resourceVersion: "" }, stored)[0]?.message).toBe(
      'Invalid value: "": must be specified for an update',
    );
  });

  it("refuses new finalizers on what is being deleted", () => {
    const prev = { ...stored, deletionTimestamp: "2026-01-01T00:00:01Z", finalizers: ["a.b/c"] };
    expect(validateObjectMetaUpdate({ ...prev, finalizers: [] }, prev)).toEqual([]);
    expect(validateObjectMetaUpdate({ ...prev, finalizers: ["a.b/c", "x.y/z"] }, prev)[0]?.message).toBe(
      'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.y/z"}',
    );
  });
});

describe("accessors", () => {
  it("add and remove finalizers without touching the list", () => {
    const list = ["a"];
    expect(withFinalizer(list, "b")).toEqual(["a", "b"]);
    expect(withFinalizer(list, "a")).toEqual(["a"]);
    expect(withoutFinalizer(list, "a")).toBeUndefined();
    expect(list).toEqual(["a"]);
  });

  it("know a controller by uid", () => {
    const owner = { apiVersion: "v1", kind: "X", metadata: stored };
    const reference = { apiVersion: "v1", kind: "X", name: "a", uid: "u1", controller: true };
    expect(isControlledBy({ metadata: { ownerReferences: [reference] } }, owner)).toBe(true);
    expect(isControlledBy({ metadata: { ownerReferences: [{ ...reference, uid: "u2" }] } }, owner)).toBe(false);
  });
});
