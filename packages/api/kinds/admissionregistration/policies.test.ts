import { loadCel } from "@wherry/machinery/cel/language.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.ts";
import { ValidatingAdmissionPolicyBinding } from "./validatingadmissionpolicybinding.ts";

beforeAll(loadCel);

const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] };
const policy = (more: object) => findings(ValidatingAdmissionPolicy, { spec: { ...spec, ...more } });
const NONE = "Required value: validations or auditAnnotations must contain at least one item";

describe("a policy", () => {
  it("has defaults", () => {
    expect(created(ValidatingAdmissionPolicy, { spec }).spec).toEqual({
      ...spec,
      failurePolicy: "Fail",
      matchConstraints: {
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ ...rule, scope: "*" }],
      },
    });
  });

  it.each<[string, object, string[]]>([
    ["is fine", {}, []],
    ["is about something", { matchConstraints: undefined }, ["spec.matchConstraints: Required value"]],
    ["is about some resources", { matchConstraints: {} }, ["spec.matchConstraints.resourceRules: Required value"]],
    ["says something", { validations: [] }, [`spec.validations: ${NONE}`, `spec.auditAnnotations: ${NONE}`]],
    [
      "validates by expressions",
      { validations: [{ expression: " ", messageExpression: " ", message: "a\nb", reason: "x" }] },
      [
        "spec.validations[0].expression: Required value: expression is not specified",
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
        'spec.validations[0].reason: Unsupported value: "x": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ],
    ],
    [
      "has expressions that can be compiled",
      { validations: [{ expression: "object.a +" }, { expression: "params.x" }, { expression: "object.a", messageExpression: "1" }] },
      [
        expect.stringMatching(
          /^spec.validations\[0\].expression: Invalid value: "object.a \+": compilation failed: ERROR: <input>:1:11: Syntax error/,
        ),
        expect.stringContaining("undeclared reference to 'params' (in container '')"),
        'spec.validations[2].expression: Invalid value: "object.a": must evaluate to bool',
        'spec.validations[2].messageExpression: Invalid value: "1": must evaluate to string',
      ],
    ],
    [
      "speaks of what it has",
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        variables: [{ name: "a", expression: "object.spec.replicas" }],
        validations: [{ expression: "variables.a <= params.data.most" }, { expression: "authorizer.path('/x').check('get').allowed()" }],
        auditAnnotations: [{ key: "k", valueExpression: "object.a > 1 ? 'x' : string(variables.a)" }],
        matchConditions: [{ name: "c", expression: "params.data.on == 'yes'" }],
      },
      [],
    ],
    [
      "names its variables",
      {
        variables: [
          { name: "in", expression: "1" },
          { name: "", expression: "" },
        ],
      },
      [
        'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier',
        "spec.variables[1].name: Required value: name is not specified",
        "spec.variables[1].expression: Required value: expression is not specified",
      ],
    ],
    [
      "names its annotations",
      {
        auditAnnotations: [
          { key: "a", valueExpression: "1" },
          { key: "a", valueExpression: "" },
        ],
      },
      [
        'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type]',
        "spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified",
        'spec.auditAnnotations[1].key: Duplicate value: "a"',
      ],
    ],
    [
      "names the kind of its parameters",
      { paramKind: { apiVersion: "a/b/c", kind: "K_" } },
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        expect.stringMatching(/^spec.paramKind.kind: Invalid value: "K_": may have mixed case, but should otherwise match: a DNS-1035/),
      ],
    ],
    [
      "names objects once",
      { matchConstraints: { resourceRules: [{ ...rule, resourceNames: ["a", "a"] }] } },
      ['spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"'],
    ],
  ])("%s", (_, more, expected) => expect(policy(more)).toEqual(expected));

  it("has a status of its own", () => {
    const prev = created(ValidatingAdmissionPolicy, { spec, status: { observedGeneration: 3 } });
    expect(prev.status).toEqual({});
    const { object, errors } = updated(
      ValidatingAdmissionPolicy,
      prev,
      (o) => Object.assign(o, { spec: {}, status: { typeChecking: { expressionWarnings: [{ fieldRef: "", warning: "" }] } } }),
      "status",
    );
    expect(object.spec).toEqual(prev.spec);
    expect(errors).toEqual(["warning", "fieldRef"].map((f) => `status.typeChecking.expressionWarnings[0].${f}: Required value`));
  });

  it("prints what it needs", () => {
    const object = created(ValidatingAdmissionPolicy, { spec: { ...spec, paramKind: { apiVersion: "v1", kind: "ConfigMap" } } });
    expect(cells(ValidatingAdmissionPolicy, object)).toMatchObject({ Validations: 1, ParamKind: "v1/ConfigMap" });
    expect(cells(ValidatingAdmissionPolicy, created(ValidatingAdmissionPolicy, { spec })).ParamKind).toBe("<unset>");
  });
});

describe("a binding of a policy", () => {
  const good = { policyName: "p", validationActions: ["Deny"] };
  const binding = (more: object) => findings(ValidatingAdmissionPolicyBinding, { spec: { ...good, ...more } });

  it.each<[string, object, string[]]>([
    ["is fine", { paramRef: { name: "a", parameterNotFoundAction: "Deny" }, matchResources: {} }, []],
    ["needs a policy", { policyName: "" }, ["spec.policyName: Required value"]],
    ["does something", { validationActions: [] }, ["spec.validationActions: Required value: at least one validation action is required"]],
    [
      "does things once",
      { validationActions: ["Deny", "Deny", "Warn", "x"] },
      [
        'spec.validationActions[1]: Duplicate value: "Deny"',
        'spec.validationActions[3]: Unsupported value: "x": supported values: "Audit", "Deny", "Warn"',
        expect.stringContaining("must not contain both Deny and Warn"),
      ],
    ],
    [
      "finds its parameters in one way",
      { paramRef: { name: "a", selector: {} } },
      [
        "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
        "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
        "spec.paramRef.parameterNotFoundAction: Required value",
      ],
    ],
    [
      "finds them somehow",
      { paramRef: { parameterNotFoundAction: "x" } },
      [
        "spec.paramRef: Required value: one of name or selector must be specified",
        'spec.paramRef.parameterNotFoundAction: Unsupported value: "x": supported values: "Deny", "Allow"',
      ],
    ],
  ])("%s", (_, more, expected) => expect(binding(more)).toEqual(expected));

  it.each<[string, object | undefined]>([
    ["<unset>", undefined],
    ["*/a", { name: "a" }],
    ["n/a", { name: "a", namespace: "n" }],
    ["x=y", { selector: { matchLabels: { x: "y" } } }],
  ])("prints its parameters as %s", (expected, paramRef) => {
    const object = created(ValidatingAdmissionPolicyBinding, { spec: { ...good, ...(paramRef && { paramRef }) } });
    expect(cells(ValidatingAdmissionPolicyBinding, object)).toMatchObject({ PolicyName: "p", ParamRef: expected });
  });
});
