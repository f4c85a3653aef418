import { expect, it } from "vitest";
import { toDefinitions } from "./schemas.ts";
import type { SwaggerDefinitions } from "./swagger.ts";
import { toTypes } from "./types.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
const swagger: SwaggerDefinitions = {
  "io.k8s.api.core.v1.Pod": {
    type: "object",
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: ref(`${META}.ObjectMeta`),
      spec: ref("io.k8s.api.core.v1.PodSpec"),
      status: ref("io.k8s.api.core.v1.PodStatus"),
    },
  },
  "io.k8s.api.core.v1.PodSpec": {
    type: "object",
    required: ["containers"],
    properties: {
      containers: {
        type: "array",
        items: { type: "string" },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-merge-key": "name",
        "x-kubernetes-patch-strategy": "merge",
      },
      limits: { type: "object", additionalProperties: ref("io.k8s.apimachinery.pkg.api.resource.Quantity") },
      port: ref("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
    },
  },
  "io.k8s.api.core.v1.PodStatus": { type: "object", properties: { at: ref(`${META}.Time`) } },
  "io.k8s.api.core.v1.Subject": { type: "object" },
  "io.k8s.api.rbac.v1.Subject": { type: "object", properties: { "x-odd": { type: "boolean" } } },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string" },
  [`${META}.ObjectMeta`]: { type: "object", properties: { name: { type: "string" } } },
};

it("keeps facts and drops the rest", () => {
  const described = structuredClone(swagger) as Record<string, { description?: string }>;
  described["io.k8s.api.core.v1.PodSpec"]!.description = "prose";
  const definitions = toDefinitions(described as SwaggerDefinitions);
  expect(definitions["io.k8s.api.core.v1.PodSpec"]).toEqual({
    type: "object",
    required: ["containers"],
    properties: {
      containers: {
        type: "array",
        items: { type: "string" },
        listType: "map",
        listMapKeys: ["name"],
        patchStrategy: "merge",
        patchMergeKey: "name",
      },
      limits: { type: "object", additionalProperties: { ref: "io.k8s.apimachinery.pkg.api.resource.Quantity" } },
      port: { ref: "io.k8s.apimachinery.pkg.util.intstr.IntOrString" },
    },
  });
});

it("makes TypeScript of them", () => {
  const types = toTypes(toDefinitions(swagger));
  expect(types).toContain(`export interface Pod {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: PodSpec;
  status?: PodStatus;
}`);
  expect(types).toContain(`export interface PodSpec {
  containers: string[];
  limits?: Record<string, string>;
  port?: number | string;
}`);
  expect(types).toContain("  at?: string;\n");
  expect(types).toContain('export interface RbacSubject {\n  "x-odd"?: boolean;\n}');
  expect(types).toContain("export interface Subject {\n}");
});
