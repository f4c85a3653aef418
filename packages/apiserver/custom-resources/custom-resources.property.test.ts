import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { caller } from "../testing/call.ts";
import { untilEstablished } from "./testing.ts";

let plane: ControlPlane;
let call: ReturnType<typeof caller>;

beforeAll(async () => {
  plane = await startControlPlane();
  call = caller(plane.server.transport({ name: "admin", groups: ["system:masters"] }));
});
afterAll(() => plane.close());

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom<unknown>("object", "array", "string", true, 1, -1, null, "", {}, []));
const keywords = [
  "type",
  "format",
  "nullable",
  "default",
  "enum",
  "pattern",
  "minLength",
  "maximum",
  "multipleOf",
  "minItems",
  "uniqueItems",
].concat(
  ["required", "properties", "additionalProperties", "items", "allOf", "anyOf", "oneOf", "not", "$ref", "definitions", "dependencies"],
  ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-type"],
  ["x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations"],
);
const rules = fc.constantFrom(
  "self == oldSelf",
  "self.a.size() > 0",
  "self.all(x, x",
  "has(self.a) && self.a",
  "self[0] == self['a']",
  "1/0 == 1",
  "self.?a.b.c.orValue(1) == 1",
);

/** A schema that is whole for the most part, with junk here and there. */
const schemas = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(
      { type: "string" },
      { type: "integer", default: 1 },
      { "x-kubernetes-int-or-string": true },
      { "x-kubernetes-preserve-unknown-fields": true },
    ),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor", "metadata"), tie("schema")),
    }),
    fc.record({ type: fc.constant("array"), items: tie("schema") }),
    fc.record({ type: fc.constant("object"), additionalProperties: tie("schema") }),
    fc.record({
      type: fc.constantFrom("object", "string"),
      "x-kubernetes-validations": fc.array(fc.record({ rule: rules }), { maxLength: 2 }),
    }),
    fc.tuple(tie("schema"), fc.constantFrom(...keywords), junk).map(([schema, key, value]) => ({ ...(schema as object), [key]: value })),
    fc
      .tuple(tie("schema"), fc.constantFrom("allOf", "anyOf", "oneOf"), tie("schema"))
      .map(([schema, key, one]) => ({ ...(schema as object), [key]: [one] })),
  ),
})).schema;

let count = 0;

it("whatever a definition and its objects say, the answer is no failure of the server", async () => {
  await fc.assert(
    fc.asyncProperty(
      schemas,
      fc.dictionary(fc.constantFrom("a", "b", "metadata", "spec"), junk),
      fc.option(junk),
      async (schema, value, extra) => {
        const n = ++count;
        const names = { plural: `t${n}s`, kind: `T${n}` };
        const version = {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: schema } } },
          ...(extra !== null && { additionalPrinterColumns: extra }),
        };
        const definition = {
          metadata: { name: `${names.plural}.example.com` },
          spec: { group: "example.com", scope: "Cluster", names, versions: [version] },
        };
        const made = await call("POST", CRDS, definition);
        expect(made.status, made.text).toBeLessThan(500);
        if (made.status !== 201) return;
        const path = `/apis/example.com/v1/${names.plural}`;
        await untilEstablished(plane.client, definition.metadata.name);
        const objects = [
          value,
          { spec: value },
          { spec: value.a },
          { metadata: { name: "x" }, spec: value.b },
          { metadata: { name: "y" } },
        ];
        for (const object of objects) {
          const answer = await call("POST", path, object);
          expect(answer.status, `${answer.text} ${JSON.stringify(definition)} ${JSON.stringify(object)}`).toBeLessThan(500);
        }
        const patched = await call("PATCH", `${path}/y`, { spec: value.a ?? {} }, { "content-type": "application/merge-patch+json" });
        expect(patched.status, patched.text).toBeLessThan(500);
        const applied = await call(
          "PATCH",
          `${path}/z?fieldManager=f`,
          { apiVersion: "example.com/v1", kind: names.kind, metadata: { name: "z" }, spec: value.b },
          { "content-type": "application/apply-patch+yaml" },
        );
        expect(applied.status, applied.text).toBeLessThan(500);
        const table = await call("GET", path, undefined, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" });
        expect(table.status).toBe(200);
        expect((await call("GET", "/openapi/v3/apis/example.com/v1")).status).toBeLessThan(500);
        await call("DELETE", `${CRDS}/${names.plural}.example.com`);
      },
    ),
    { numRuns: 60 },
  );
});
