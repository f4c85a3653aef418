import { StatusError } from "@wherry/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyJsonPatch } from "./json-patch.ts";

const doc = { spec: { replicas: 1, list: ["a", "b"] }, "a/b": { "m~n": 1 } };

function failureOf(operations: unknown): StatusError {
  try {
    applyJsonPatch(doc, operations);
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("the patch applied");
}

const causeOf = (error: StatusError) => error.status.details?.causes?.[0]?.message;

describe("applyJsonPatch", () => {
  it.each([
    [[{ op: "replace", path: "/spec/replicas", value: 2 }], { spec: { replicas: 2, list: ["a", "b"] } }],
    [[{ op: "add", path: "/spec/list/-", value: "c" }], { spec: { list: ["a", "b", "c"] } }],
    [[{ op: "add", path: "/spec/list/0", value: "c" }], { spec: { list: ["c", "a", "b"] } }],
    [[{ op: "remove", path: "/spec/list/0" }], { spec: { list: ["b"] } }],
    [[{ op: "move", from: "/spec/list/0", path: "/spec/list/1" }], { spec: { list: ["b", "a"] } }],
    [[{ op: "copy", from: "/spec/replicas", path: "/spec/was" }], { spec: { was: 1 } }],
    [[{ op: "test", path: "/a~1b/m~0n", value: 1 }], { "a/b": { "m~n": 1 } }],
    [[], doc],
  ])("applies %j", (operations, expected) => {
    expect(applyJsonPatch(doc, operations)).toMatchObject(expected);
  });

  it("leaves the document alone", () => {
    const before = JSON.stringify(doc);
    applyJsonPatch(doc, [{ op: "remove", path: "/spec/list" }]);
    expect(() =>
      applyJsonPatch(doc, [
        { op: "remove", path: "/spec/list" },
        { op: "test", path: "/spec", value: 1 },
      ]),
    ).toThrow();
    expect(JSON.stringify(doc)).toBe(before);
  });

  it.each([
    [[{ op: "test", path: "/spec/replicas", value: 2 }], "testing value /spec/replicas failed: test failed"],
    [[{ op: "remove", path: "/spec/none" }], 'remove operation does not apply: doc is missing path: "/spec/none": missing value'],
    [[{ op: "add", path: "/none/at/all", value: 1 }], 'add operation does not apply: doc is missing path: "/none/at/all": missing value'],
    [[{ op: "replace", path: "/spec/list/7", value: 1 }], "Unable to access invalid index: 7: invalid index referenced"],
    [[{ op: "replace", path: "/spec/list/-", value: 1 }], "Unable to access invalid index: -: invalid index referenced"],
    [[{ op: "add", path: "/spec/list/01", value: 1 }], "Unable to access invalid index: 01: invalid index referenced"],
    [[{ op: "copy", from: "/spec/replicas", path: "/spec/list/9" }], "Unable to access invalid index: 9: invalid index referenced"],
    [[{ op: "jump", path: "/spec" }], "Unexpected kind: jump"],
    [[{ op: "add", path: "/spec" }], 'add operation is missing its "value"'],
    [[{ op: "add", path: "spec", value: 1 }], 'must start with "/"'],
    [[{ op: "add", path: "/__proto__/polluted", value: 1 }], 'the key "__proto__" is not allowed'],
    [[null], "Unexpected kind: unknown"],
  ])("refuses %j", (operations, message) => {
    const error = failureOf(operations);
    expect(error.code).toBe(422);
    expect(error.reason).toBe("Invalid");
    expect(error.message).toBe("the server rejected our request due to an error in our request");
    expect(causeOf(error)).toContain(message);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("refuses what is no list, too many operations, and copies that explode", () => {
    expect(failureOf({}).code).toBe(400);
    expect(failureOf(new Array(10_001).fill({ op: "test", path: "", value: 1 })).code).toBe(413);
    const bomb = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "/spec", path: `/spec/x${i}` }));
    expect(causeOf(failureOf(bomb))).toContain("exceeding the limit");
  });

  it("never throws anything but a StatusError", () => {
    const path = fc.constantFrom(
      "",
      "/",
      "/spec",
      "/spec/list",
      "/spec/list/0",
      "/spec/list/-",
      "/spec/replicas/x",
      "x",
      "/constructor",
      "/constructor/prototype",
      "/constructor/prototype/hasOwnProperty",
    );
    const operation = fc.record(
      { op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "?"), path, from: path, value: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        try {
          applyJsonPatch(doc, operations);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
        expect(Object.hasOwn(Object.prototype, "hasOwnProperty")).toBe(true);
      }),
    );
  });
});
