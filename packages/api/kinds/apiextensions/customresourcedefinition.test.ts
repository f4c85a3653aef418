import { loadCel } from "@wherry/machinery/cel/language.ts";
import { beforeAll, describe, expect, it } from "vitest";
import type { JSONSchemaProps } from "../../generated/types.ts";
import { cells, created, findings, type Input, updated } from "../testing.ts";
import { CustomResourceDefinition } from "./customresourcedefinition.ts";

beforeAll(loadCel);

const root = (properties: Record<string, object> = {}, more: object = {}): object => ({ type: "object", properties, ...more });
const version = (schema: object = root(), more: object = {}) => ({
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  ...more,
});
const crd = (spec: object = {}, metadata: object = {}): Input => ({
  metadata: { name: "widgets.example.com", ...metadata },
  spec: { group: "example.com", scope: "Namespaced", names: { plural: "widgets", kind: "Widget" }, versions: [version()], ...spec },
});
const of = (input: Input) => findings(CustomResourceDefinition, input);
/** What is wrong with a schema, without the path to it. */
const schemaFindings = (schema: object, more: object = {}) =>
  of(crd({ versions: [version(schema, more)] })).map((text) => text.replaceAll("spec.versions[0].schema.openAPIV3Schema", ""));
/** As above, of a property `x`. */
const inField = (x: JSONSchemaProps | object) => schemaFindings(root({ x })).map((text) => text.replace(".properties[x]", ""));

describe("a definition", () => {
  it("gets names, a strategy and the versions that were stored", () => {
    const o = created(CustomResourceDefinition, crd());
    expect(o.spec.names).toEqual({ plural: "widgets", kind: "Widget", singular: "widget", listKind: "WidgetList" });
    expect([o.spec.conversion, o.status]).toEqual([{ strategy: "None" }, { storedVersions: ["v1"] }]);
    expect(of(crd())).toEqual([]);
    expect(cells(CustomResourceDefinition, { ...o, metadata: { ...o.metadata, creationTimestamp: "2026-01-01T00:00:00Z" } })).toEqual({
      Name: "widgets.example.com",
      "Created At": "2026-01-01T00:00:00Z",
    });
  });

  it.each<[object, string]>([
    [{ group: "example" }, 'spec.group: Invalid value: "example": should be a domain with at least one dot'],
    [{ scope: "Galaxy" }, 'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
    [
      { names: { plural: "widgets", kind: "Widget", listKind: "Widget" } },
      'spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same',
    ],
    [
      { names: { plural: "widgets", kind: "Wid_get" } },
      'spec.names.kind: Invalid value: "Wid_get": may have mixed case, but should otherwise match: a DNS-1035 label',
    ],
    [{ versions: [version(), version()] }, 'spec.versions: Invalid value: ["v1","v1"]: must contain unique version names'],
    [
      { versions: [version(root(), { storage: false })] },
      'spec.versions: Invalid value: ["v1"]: must have exactly one version marked as storage version',
    ],
    [
      { versions: [{ name: "v1", served: true, storage: true }] },
      "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
    ],
    [
      { versions: [version(root(), { deprecationWarning: "x" })] },
      'spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
    ],
    [
      { preserveUnknownFields: true },
      "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ],
    [
      { conversion: { strategy: "Webhook" } },
      "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
    ],
    [{ conversion: { strategy: "Webhook", webhook: {} } }, "spec.conversion.conversionReviewVersions: Required value"],
    [
      { conversion: { strategy: "None", webhook: { clientConfig: { url: "https://a" }, conversionReviewVersions: ["v1"] } } },
      "spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook",
    ],
    [
      { conversion: { strategy: "Webhook", webhook: { clientConfig: { url: "http://a" }, conversionReviewVersions: ["v1"] } } },
      "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
    ],
    [
      { conversion: { strategy: "Webhook", webhook: { clientConfig: {}, conversionReviewVersions: ["v2", "v2"] } } },
      'spec.conversion.conversionReviewVersions[1]: Invalid value: "v2": duplicate version',
    ],
    [
      { conversion: { strategy: "Webhook", webhook: { clientConfig: {}, conversionReviewVersions: ["v2"] } } },
      'spec.conversion.conversionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
    [
      { versions: [version(root(), { additionalPrinterColumns: [{ name: "x", type: "text", jsonPath: ".a" }] })] },
      'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    ],
    [
      { versions: [version(root(), { additionalPrinterColumns: [{ name: "x", type: "string", jsonPath: ".a[" }] })] },
      'spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: ".a[": is an invalid jsonpath',
    ],
    [
      { versions: [version(root(), { subresources: { scale: { specReplicasPath: ".status.x", statusReplicasPath: ".status.y" } } })] },
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
    ],
    [
      {
        versions: [
          version(root(), { subresources: { scale: { specReplicasPath: ".spec.__proto__.x", statusReplicasPath: ".status.y" } } }),
        ],
      },
      "spec.versions[0].subresources.scale.specReplicasPath: Invalid value",
    ],
    [
      { versions: [version(root(), { selectableFields: [{ jsonPath: ".spec.nope" }] })] },
      'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.nope": is an invalid path',
    ],
  ])("with %j is refused", (spec, message) => {
    const found = of(crd(spec));
    expect(
      found.some((text) => text.startsWith(message)),
      found.join("\n"),
    ).toBe(true);
  });

  it("has the name that its names and group make", () => {
    expect(of(crd({}, { name: "x.example.com" }))).toEqual([
      'metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group',
    ]);
  });

  it("keeps what its objects rely on", () => {
    const prev = created(CustomResourceDefinition, crd());
    prev.status = { ...prev.status, conditions: [{ type: "Established", status: "True" }] };
    const scope = updated(CustomResourceDefinition, prev, (o) => {
      o.spec.scope = "Cluster";
      o.spec.names.kind = "Gadget";
    });
    expect(scope.errors).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
    ]);
    const dropped = updated(CustomResourceDefinition, prev, (o) => {
      o.spec.versions = [{ ...o.spec.versions[0]!, name: "v2" }];
    });
    expect(dropped.errors).toEqual(['status.storedVersions[0]: Invalid value: "v1": must appear in spec.versions']);
    expect(dropped.object.status?.storedVersions).toEqual(["v1", "v2"]);
  });
});

describe("a schema", () => {
  it.each<[object, string[]]>([
    [{}, [".type: Required value: must not be empty at the root"]],
    [{ type: "string" }, ['.type: Invalid value: "string": must be object at the root']],
    [root({ x: {} }), [".properties[x].type: Required value: must not be empty for specified object fields"]],
    [
      root({ metadata: { type: "object", properties: { labels: { type: "object" } } } }),
      [
        ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
      ],
    ],
    [root({ metadata: { type: "object", properties: { name: { type: "string", pattern: "^a" } } } }), []],
    [root({ kind: { type: "integer" } }), ['.properties[kind].type: Invalid value: "integer": must be string']],
    [root({}, { additionalProperties: { type: "string" } }), [".additionalProperties: Forbidden: must not be used at the root"]],
    [root({}, { nullable: true }), [".nullable: Forbidden: nullable cannot be true at the root"]],
    [
      root({ x: { type: "integer" } }, { anyOf: [{ properties: { x: { minimum: 1 }, y: { minimum: 2 } } }] }),
      [".properties[y]: Required value: because it is defined in .anyOf[0].properties[y]"],
    ],
    [
      root({ x: { type: "integer" } }, { not: { type: "object", properties: { x: { default: 1 } } } }),
      [".not.properties[x].default: Forbidden: must not be set"],
    ],
  ])("%j", (schema, messages) => {
    const found = schemaFindings(schema);
    for (const message of messages) expect(found).toContain(message);
    if (messages.length === 0) expect(found).toEqual([]);
  });

  it.each<[object, string]>([
    [{ type: "array", items: {} }, ".items.type: Required value: must not be empty for specified array items"],
    [
      { type: "array", items: { type: "string" }, uniqueItems: true },
      ".uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    ],
    [{ type: "array", items: [{ type: "string" }] }, ".items: Forbidden: items must be a schema object and not an array"],
    [{ type: "object", additionalProperties: false }, ".additionalProperties: Forbidden: additionalProperties cannot be set to false"],
    [
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } },
      ".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
    ],
    [
      { type: "string", pattern: "(" },
      '.pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
    [{ type: "string", $ref: "#/x" }, ".$ref: Forbidden: $ref is not supported"],
    [{ type: "null" }, ".type: Forbidden: type cannot be set to null, use nullable as an alternative"],
    [
      { type: "string", "x-kubernetes-list-type": "set" },
      '.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
    ],
    [
      { type: "array", "x-kubernetes-list-type": "map", items: { type: "object", properties: {} } },
      ".x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
    ],
    [
      {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", properties: { k: { type: "string" } } },
      },
      ".items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    ],
    [
      { type: "array", "x-kubernetes-list-type": "set", items: { type: "object", properties: {} } },
      ".items.x-kubernetes-map-type: Required value: must be atomic as item of a list with x-kubernetes-list-type=set",
    ],
    [
      { type: "object", "x-kubernetes-embedded-resource": true },
      ".properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    ],
    [
      { "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true },
      ".x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true",
    ],
    [{ type: "integer", default: "a" }, '.default: Invalid value: "string":  in body must be of type integer: "string"'],
    [
      { type: "object", properties: { a: { type: "string" } }, default: { b: 1 } },
      '.default: Invalid value: {"b":1}: must not have unknown fields',
    ],
    [
      { type: "integer", "x-kubernetes-validations": [{ rule: "self" }] },
      '.x-kubernetes-validations[0].rule: Invalid value: "self": cel expression must evaluate to a bool',
    ],
    [
      { type: "integer", "x-kubernetes-validations": [{ rule: " " }] },
      ".x-kubernetes-validations[0].rule: Required value: rule is not specified",
    ],
    [
      { type: "integer", "x-kubernetes-validations": [{ rule: "true", message: "a\nb" }] },
      '.x-kubernetes-validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
    ],
    [
      { type: "integer", "x-kubernetes-validations": [{ rule: "true", reason: "Odd" }] },
      '.x-kubernetes-validations[0].reason: Unsupported value: "Odd"',
    ],
  ])("of a field may not be %j", (schema, message) => {
    const found = inField(schema);
    expect(
      found.some((text) => text.startsWith(message)),
      found.join("\n"),
    ).toBe(true);
  });

  it.each<[object]>([
    [{ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] }],
    [{ "x-kubernetes-int-or-string": true, allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { pattern: "^a" }] }],
    [{ type: "object", "x-kubernetes-preserve-unknown-fields": true }],
    [{ type: "array", "x-kubernetes-list-type": "set", items: { type: "array", items: { type: "string" } } }],
    [{ type: "object", properties: { a: { type: "string", default: "b" } }, default: {} }],
    [{ type: "integer", nullable: true, default: 5, "x-kubernetes-validations": [{ rule: "self == null || self > 1", message: "m" }] }],
  ])("of a field may be %j", (schema) => {
    expect(inField(schema)).toEqual([]);
  });

  it("beside a status of its own says only what stays true without it", () => {
    const more = { subresources: { status: {} } };
    expect(schemaFindings(root({}, { oneOf: [{ required: ["a"] }] }), more)[0]).toContain(
      "fields are allowed at the root of the schema if the status subresource is enabled",
    );
    expect(schemaFindings(root({}, { required: ["spec"], "x-kubernetes-validations": [{ rule: "true" }] }), more)).toEqual([]);
  });
});

describe("the rules of a definition", () => {
  const costs = (properties: Record<string, object>, prev?: Record<string, object>) => {
    const [next, before] = [properties, prev].map((p) => p && created(CustomResourceDefinition, crd({ versions: [version(root(p))] })));
    const errors = before
      ? CustomResourceDefinition.validateUpdate?.(next!, before, { now: 0 })
      : CustomResourceDefinition.validateCreate?.(next!);
    return (errors ?? []).map(({ field, message }) => `${field.replace(/^.*openAPIV3Schema/, "")}: ${message}`);
  };
  const ADVICE =
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
  const pairs = (extra: object = {}) => ({
    a: {
      type: "array",
      items: { type: "string", maxLength: 10 },
      "x-kubernetes-validations": [{ rule: "self.all(x, self.exists_one(y, x == y))" }],
      ...extra,
    },
  });

  it("may not cost more than there is to spend, by the bounds that the schema sets", () => {
    expect(costs(pairs())).toEqual([
      `.properties[a].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${ADVICE}`,
      ".properties[a].x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule & messageExpression cost total exceeding cost limit for entire OpenAPIv3 schema",
      `: Forbidden: x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${ADVICE}`,
    ]);
    expect(costs(pairs({ maxItems: 1300 }))).toEqual([
      expect.stringMatching(/ Forbidden: estimated rule cost exceeds budget by factor of 1\.352780x \(/),
    ]);
    expect(costs(pairs({ maxItems: 100 }))).toEqual([]);
  });

  it("together may not, either, and the most expensive are named", () => {
    const many = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`f${i}`, pairs({ maxItems: 1000 + i }).a]));
    const found = costs(many);
    expect(found.slice(0, -1).map((text) => text.split("]", 1)[0])).toEqual([12, 11, 10, 9].map((i) => `.properties[f${i}`));
    expect(found.at(-1)).toMatch(/^: Forbidden: x-kubernetes-validations estimated .* exceeds budget by factor of 1\.\d{6}x/);
  });

  it("that were there before stay, as long as their schema does", () => {
    expect(costs(pairs(), pairs())).toEqual([]);
    expect(costs(pairs(), pairs({ maxItems: 5 }))).not.toEqual([]);
  });
});

describe("a protected group", () => {
  const input = (annotations?: object) => crd({ group: "x.k8s.io" }, { name: "widgets.x.k8s.io", ...(annotations && { annotations }) });
  const approval = (annotations?: object) =>
    (CustomResourceDefinition.validateCreate?.(created(CustomResourceDefinition, input(annotations))) ?? []).map((e) => e.message);

  it("must say who approved it", () => {
    expect(approval()[0]).toContain('protected groups must have approval annotation "api-approved.kubernetes.io"');
    expect(approval({ "api-approved.kubernetes.io": "odd" })[0]).toContain('reason starting with "unapproved"');
    expect(approval({ "api-approved.kubernetes.io": "https://github.com/kubernetes/kubernetes/pull/1" })).toEqual([]);
    expect(approval({ "api-approved.kubernetes.io": "unapproved, test-only" })).toEqual([]);
  });
});

describe("decoding", () => {
  it("looks into items and the values of maps, too", () => {
    const schema = root({
      a: { type: "array", items: { type: "string", odd: 1 } },
      b: { type: "object", additionalProperties: { type: 5 } },
    });
    const { unknown, typeErrors } = CustomResourceDefinition.decode!({
      ...crd({ versions: [version(schema)] }),
      apiVersion: "apiextensions.k8s.io/v1",
    });
    expect(unknown).toEqual(["spec.versions[0].schema.openAPIV3Schema.properties.a.items.odd"]);
    expect(typeErrors).toHaveLength(1);
  });
});
