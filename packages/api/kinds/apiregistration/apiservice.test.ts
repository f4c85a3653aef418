import { expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { APIService } from "./apiservice.ts";

const spec = { group: "g.io", version: "v1", groupPriorityMinimum: 100, versionPriority: 10 };
const service = { name: "s", namespace: "n" };
const found = (more: object, name = "v1.g.io") => findings(APIService, { metadata: { name }, spec: { ...spec, ...more } });

it.each<[string, () => string[], string[]]>([
  ["is fine", () => found({}), []],
  ["may be another server's", () => found({ service, caBundle: "YQ==" }), []],
  [
    "is called what it serves",
    () => found({}, "x"),
    ['metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.g.io"'],
  ],
  [
    "may be of the core group, if it is v1",
    () => found({ group: "", version: "v2" }, "v2."),
    ["spec.group: Required value: only v1 may have an empty group and it better be legacy kube"],
  ],
  [
    "has priorities",
    () => found({ groupPriorityMinimum: 0, versionPriority: 1001 }),
    [
      "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
      "spec.versionPriority: Invalid value: 1001: must be positive and less than 1000",
    ],
  ],
  [
    "needs no trust in itself",
    () => found({ caBundle: "YWJj", insecureSkipTLSVerify: true }),
    [
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
    ],
  ],
  [
    "is at a whole service, and trusts it in one way",
    () => found({ service: {}, caBundle: "YWJj", insecureSkipTLSVerify: true }),
    [
      "spec.service.namespace: Required value",
      "spec.service.name: Required value",
      "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present",
    ],
  ],
])("an APIService %s", (_, run, expected) => expect(run()).toEqual(expected));

it("is available when it is local, and says so when it is not", () => {
  const local = created(APIService, { spec });
  expect(cells(APIService, local)).toMatchObject({ Service: "Local", Available: "True" });
  expect(local.status?.conditions?.[0]).toMatchObject({ reason: "Local", message: "Local APIServices are always available" });
  const remote = created(APIService, { spec: { ...spec, service } });
  expect(remote.spec.service?.port).toBe(443);
  expect(cells(APIService, remote)).toMatchObject({ Service: "n/s", Available: "Unknown" });
  expect(APIService.warnings?.(remote)).toContainEqual(expect.stringMatching(/^spec.service: stored, but/));
  const set = (o: APIService) => {
    o.status = { conditions: [{ type: "Available", status: "False", reason: "Gone" }] };
  };
  const { object, errors } = updated(
    APIService,
    created(APIService, { metadata: { name: "v1.g.io" }, spec: { ...spec, service } }),
    set,
    "status",
  );
  expect([errors, cells(APIService, object).Available]).toEqual([[], "False (Gone)"]);
});
