import { expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { ControllerRevision } from "./controllerrevision.ts";

const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "log", uid: "u", controller: true };
const revision = { metadata: { ownerReferences: [owner] }, data: { spec: { a: 1 } }, revision: 3 };

it("is a piece of history that stays", () => {
  expect(findings(ControllerRevision, revision)).toEqual([]);
  expect(findings(ControllerRevision, { revision: -1 })).toEqual([
    "data: Required value: data is mandatory",
    "revision: Invalid value: -1: must be greater than or equal to 0",
  ]);
  const { errors } = updated(ControllerRevision, created(ControllerRevision, revision), (o) => {
    o.data = {};
    o.revision = 4;
  });
  expect(errors).toEqual(["data: Invalid value: {}: field is immutable"]);
});

it("prints whose it is", () => {
  expect(cells(ControllerRevision, created(ControllerRevision, revision))).toMatchObject({ Controller: "daemonset.apps/log", Revision: 3 });
  expect(cells(ControllerRevision, created(ControllerRevision, { data: {}, revision: 1 }))).toMatchObject({ Controller: "<none>" });
});
