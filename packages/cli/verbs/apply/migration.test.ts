import type { ApiObject } from "@wherry/machinery";
import { describe, expect, it } from "vitest";
import { migratedManagers } from "./migration.ts";

const object = (managedFields: object[]) =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", resourceVersion: "7", managedFields } }) as unknown as ApiObject;
const old = {
  manager: "kubectl-client-side-apply",
  operation: "Update",
  apiVersion: "v1",
  fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
};
const own = { manager: "kubectl", operation: "Apply", apiVersion: "v1", fieldsV1: { "f:data": { "f:b": {}, "f:c": {} } } };
const other = { manager: "controller", operation: "Update", apiVersion: "v1", fieldsV1: { "f:x": {} } };

describe("from client-side to server-side apply", () => {
  it("gives the manager all that client-side apply owned, at this revision only", () => {
    expect(migratedManagers(object([old, own, other]), "kubectl")).toEqual([
      {
        op: "replace",
        path: "/metadata/managedFields",
        value: [{ ...own, fieldsV1: { "f:data": { "f:a": {}, "f:b": {}, "f:c": {} } } }, other],
      },
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    ]);
  });

  it.each([
    ["nothing was applied by the client", [own, other]],
    ["the status was", [own, { ...old, subresource: "status" }]],
    ["this manager owns nothing", [old, other]],
  ])("does nothing where %s", (_, entries) => {
    expect(migratedManagers(object(entries), "kubectl")).toBeUndefined();
  });
});
