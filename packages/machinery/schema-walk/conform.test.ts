import { readFileSync } from "node:fs";
import { definitions as real } from "@wherry/api";
import { describe, expect, it } from "vitest";
import type { Definitions } from "../schema.ts";
import { checkSchema, conform, prune } from "./conform.ts";

const definitions: Definitions = {
  "io.test.v1.Deployment": { type: "object", properties: { kind: { type: "string" }, spec: { ref: "io.test.v1.DeploymentSpec" } } },
  "io.test.v1.DeploymentSpec": {
    type: "object",
    properties: {
      replicas: { type: "integer", format: "int32" },
      big: { type: "integer", format: "int64" },
      ratio: { type: "number" },
      paused: { type: "boolean" },
      labels: { type: "object", additionalProperties: { type: "string" } },
      containers: { type: "array", items: { ref: "io.test.v1.Container" } },
      limits: { type: "object", additionalProperties: { ref: "io.test.Quantity" } },
      names: { type: "array", items: { type: "string" } },
      surge: { ref: "io.test.IntOrString" },
      at: { ref: "io.test.v1.Time" },
      precisely: { ref: "io.test.v1.MicroTime" },
      data: { type: "object", additionalProperties: { type: "string", format: "byte" } },
      free: { type: "object" },
      raw: { ref: "io.test.RawExtension" },
    },
  },
  "io.test.v1.Container": { type: "object", properties: { name: { type: "string" } } },
  "io.test.Quantity": { type: "string", format: "quantity" },
  "io.test.IntOrString": { intOrString: true },
  "io.test.v1.Time": { type: "string", format: "date-time" },
  "io.test.v1.MicroTime": { type: "string", format: "date-time" },
  "io.test.RawExtension": { type: "object", preserveUnknownFields: true },
};
const NAME = "io.test.v1.Deployment";
const typeErrors = (spec: unknown) => checkSchema(definitions, NAME, { spec }).typeErrors;
const pruned = (spec: unknown) => (prune(definitions, NAME, { spec }) as { spec: unknown }).spec;

describe("checkSchema", () => {
  it("finds unknown fields with their paths", () => {
    const value = {
      kind: "x",
      extra: 1,
      spec: { foo: 1, containers: [{ name: "a" }, { nmae: "b" }], labels: { free: "x" }, free: { a: { b: 1 } } },
    };
    expect(checkSchema(definitions, NAME, value)).toEqual({ unknown: ["extra", "spec.foo", "spec.containers[1].nmae"], typeErrors: [] });
  });

  it("takes no key for a prototype", () => {
    const spec: unknown = JSON.parse('{"labels":{"__proto__":{"x":"1"},"a":"b"}}');
    const { value, unknown } = conform(definitions, NAME, { spec });
    expect(unknown).toEqual(["spec.labels.__proto__"]);
    expect(value).toEqual({ spec: { labels: { a: "b" } } });
  });

  it.each([
    [{ replicas: "3" }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"],
    [{ replicas: 1.5 }, "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"],
    [{ replicas: 3e9 }, "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"],
    [{ big: 2 ** 63 }, "json: cannot unmarshal number 9223372036854776000 into Go struct field DeploymentSpec.spec.big of type int64"],
    [{ ratio: true }, "json: cannot unmarshal bool into Go struct field DeploymentSpec.spec.ratio of type float64"],
    [{ paused: "yes" }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool"],
    [{ labels: [] }, "json: cannot unmarshal array into Go struct field DeploymentSpec.spec.labels of type map[string]string"],
    [{ labels: { a: 1 } }, "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.labels of type string"],
    [{ containers: {} }, "json: cannot unmarshal object into Go struct field DeploymentSpec.spec.containers of type []v1.Container"],
    [{ containers: ["a"] }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.containers of type v1.Container"],
    [{ containers: [{ name: [] }] }, "json: cannot unmarshal array into Go struct field Container.spec.containers.name of type string"],
    [{ names: [1] }, "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.names of type string"],
    [{ names: "a" }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.names of type []string"],
    [{ limits: { cpu: "one" } }, /^quantities must match the regular expression/],
    [{ surge: {} }, "json: cannot unmarshal object into Go struct field DeploymentSpec.spec.surge of type int32"],
    [{ surge: 1.5 }, "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.surge of type int32"],
    [{ at: 5 }, "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.at of type string"],
    [{ at: "soon" }, 'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'],
    [{ at: "" }, 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
    [{ at: "2026-01-01" }, 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    [{ at: "2026-01-01T00:00:00" }, 'parsing time "2026-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
    [{ at: "2026-13-01T00:00:00Z" }, 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    [{ at: "2026-02-30T00:00:00Z" }, 'parsing time "2026-02-30T00:00:00Z": day out of range'],
    [{ at: "2026-02-20T25:00:00Z" }, 'parsing time "2026-02-20T25:00:00Z": hour out of range'],
    [{ at: "2026-02-20T00:00:00Zulu" }, 'parsing time "2026-02-20T00:00:00Zulu": extra text: "ulu"'],
    [
      { precisely: "2026-01-01T00:00:00Z" },
      'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ],
    [{ data: { a: "?" } }, "illegal base64 data at input byte 0"],
    [{ data: { a: "YWJ" } }, "illegal base64 data at input byte 0"],
    [{ data: { a: 1 } }, "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.data of type []uint8"],
  ])("says of %j what Kubernetes says", (spec, message) => {
    const found = typeErrors(spec);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it("tells first of what the decoder stops at", () => {
    const found = typeErrors({ replicas: "3", at: 5, surge: {} });
    expect(found[0]).toBe("json: cannot unmarshal number into Go struct field DeploymentSpec.spec.at of type string");
    expect(found).toHaveLength(3);
  });

  it.each([
    [{ replicas: "3" }, "unrecognized type: int32"],
    [{ replicas: true }, "unrecognized type: int32"],
    [{ replicas: 1.5 }, "cannot convert float64 to int32"],
    [{ paused: "yes" }, "unrecognized type: bool"],
    [{ paused: 1 }, "unrecognized type: bool"],
    [{ labels: { a: 1 } }, "cannot convert int64 to string"],
    [{ labels: { a: 1.5 } }, "unrecognized type: string"],
    [{ labels: [] }, "cannot restore map from slice"],
    [{ containers: {} }, "cannot restore slice from map"],
    [{ containers: ["a"] }, "cannot restore struct from: string"],
    [{ surge: {} }, "json: cannot unmarshal object into Go value of type int32"],
    [{ at: 5 }, "json: cannot unmarshal number into Go value of type string"],
  ])("says of %j in a strategic merge patch what Kubernetes says", (spec, message) => {
    expect(conform(definitions, NAME, { spec }, "converter").typeErrors).toEqual([message]);
  });

  it("speaks of a Go value where there is no field", () => {
    expect(checkSchema(definitions, NAME, []).typeErrors).toEqual(["json: cannot unmarshal array into Go value of type v1.Deployment"]);
  });
});

describe("prune", () => {
  it("drops what is unknown and what is null, and touches nothing", () => {
    const value = {
      spec: {
        foo: 1,
        replicas: null,
        paused: false,
        containers: [{ name: "a", x: { y: 1 } }, null],
        names: [null, "a"],
        labels: { a: null },
      },
    };
    const before = JSON.stringify(value);
    expect(prune(definitions, NAME, value)).toEqual({
      spec: { paused: false, containers: [{ name: "a" }, {}], names: ["", "a"], labels: { a: "" } },
    });
    expect(JSON.stringify(value)).toBe(before);
  });

  it("writes quantities and times in canonical form", () => {
    expect(pruned({ limits: { cpu: 0.5, memory: "1024Mi", x: " 1 " } })).toEqual({ limits: { cpu: "500m", memory: "1Gi", x: "1" } });
    expect(pruned({ at: "2026-01-01T02:00:00.5+02:00", precisely: "2026-01-01T01:00:00.500000+01:00" })).toEqual({
      at: "2026-01-01T00:00:00Z",
      precisely: "2026-01-01T00:00:00.500000Z",
    });
    expect(pruned({ data: { a: "YW\nJj" }, surge: "25%" })).toEqual({ data: { a: "YWJj" }, surge: "25%" });
  });

  it("keeps free content as it is, and apart", () => {
    const free = { a: [{ b: null }] };
    const result = pruned({ free, raw: free }) as { free: object; raw: object };
    expect(result).toEqual({ free, raw: free });
    expect(result.free).not.toBe(free);
  });
});

describe("with the schemas of Kubernetes", () => {
  it("keeps a whole Deployment, and says where a typo is", () => {
    const deployment = JSON.parse(readFileSync(new URL("./testdata/deployment.json", import.meta.url), "utf8")) as {
      spec: { template: { spec: object } };
    };
    const name = "io.k8s.api.apps.v1.Deployment";
    expect(conform(real, name, deployment)).toEqual({ value: deployment, unknown: [], typeErrors: [] });
    Object.assign(deployment.spec.template.spec, { hostNetwrok: true });
    expect(checkSchema(real, name, deployment).unknown).toEqual(["spec.template.spec.hostNetwrok"]);
  });
});
