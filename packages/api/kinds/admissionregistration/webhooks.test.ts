import { loadCel } from "@wherry/machinery/cel/language.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { cells, created, findings } from "../testing.ts";
import { MutatingWebhookConfiguration } from "./mutatingwebhookconfiguration.ts";
import { ValidatingWebhookConfiguration } from "./validatingwebhookconfiguration.ts";

beforeAll(loadCel);

const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const hook = {
  name: "a.example.com",
  clientConfig: { service: { name: "s", namespace: "n" } },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  rules: [rule],
};
const AT = "webhooks[0]";
const RULE = `${AT}.rules[0]`;
const found = (more: object) => findings(ValidatingWebhookConfiguration, { webhooks: [{ ...hook, ...more }] });
const ofRule = (more: object) => found({ rules: [{ ...rule, ...more }] });
const client = (clientConfig: object) => found({ clientConfig });

describe("a webhook", () => {
  it("has defaults", () => {
    expect(created(MutatingWebhookConfiguration, { webhooks: [hook] }).webhooks?.[0]).toEqual({
      ...hook,
      clientConfig: { service: { name: "s", namespace: "n", port: 443 } },
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      reinvocationPolicy: "Never",
      rules: [{ ...rule, scope: "*" }],
    });
    expect(created(ValidatingWebhookConfiguration, { webhooks: [hook] }).webhooks?.[0]).not.toHaveProperty("reinvocationPolicy");
  });

  it.each<[string, () => string[], string[]]>([
    ["is fine", () => found({}), []],
    ["needs a name", () => found({ name: "" }), [`${AT}.name: Required value`]],
    [
      "needs a long name",
      () => found({ name: "a.b" }),
      [`${AT}.name: Invalid value: "a.b": should be a domain with at least three segments separated by dots`],
    ],
    [
      "says what it does on the side",
      () => found({ sideEffects: undefined }),
      [`${AT}.sideEffects: Required value: must specify one of None, NoneOnDryRun`],
    ],
    [
      "does nothing on the side",
      () => found({ sideEffects: "Some" }),
      [`${AT}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`],
    ],
    [
      "answers in time",
      () => found({ timeoutSeconds: 31 }),
      [`${AT}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`],
    ],
    [
      "knows how to fail",
      () => found({ failurePolicy: "x" }),
      [`${AT}.failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"`],
    ],
    [
      "says what it understands",
      () => found({ admissionReviewVersions: [] }),
      [`${AT}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`],
    ],
    [
      "understands the server",
      () => found({ admissionReviewVersions: ["v2", "v2"] }),
      [
        `${AT}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
        `${AT}.admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1`,
      ],
    ],
    [
      "has conditions with names",
      () =>
        found({
          matchConditions: [
            { name: "a", expression: "true" },
            { name: "a", expression: " " },
          ],
        }),
      [`${AT}.matchConditions[1].expression: Required value`, `${AT}.matchConditions[1].name: Duplicate value: "a"`],
    ],
    ["is at one place", () => client({}), [`${AT}.clientConfig: Required value: exactly one of url or service is required`]],
    ["may be at a URL", () => client({ url: "https://example.com:8443/path" }), []],
    [
      "is at a plain HTTPS URL",
      () => client({ url: "http://u:p@example.com/?q=1#f" }),
      [
        `${AT}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        `${AT}.clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL`,
        `${AT}.clientConfig.url: Invalid value: "f": fragments are not permitted in the URL`,
        `${AT}.clientConfig.url: Invalid value: "q=1": query parameters are not permitted in the URL`,
      ],
    ],
    [
      "is at a host",
      () => client({ url: "https:///path" }),
      [`${AT}.clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]`],
    ],
    [
      "is at a whole service",
      () => client({ service: { path: "a//b", port: 70000 } }),
      [
        `${AT}.clientConfig.service.name: Required value: service name is required`,
        `${AT}.clientConfig.service.namespace: Required value: service namespace is required`,
        `${AT}.clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive`,
        `${AT}.clientConfig.service.path: Invalid value: "a//b": must start with a '/'`,
        `${AT}.clientConfig.service.path: Invalid value: "a//b": segment[0] may not be empty`,
        `${AT}.clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty`,
      ],
    ],
  ])("%s", (_, run, expected) => expect(run()).toEqual(expected));

  it("has a name of its own", () => {
    expect(findings(MutatingWebhookConfiguration, { webhooks: [hook, hook] })).toEqual([
      'webhooks[1].name: Duplicate value: "a.example.com"',
    ]);
    expect(findings(MutatingWebhookConfiguration, { webhooks: [{ ...hook, reinvocationPolicy: "x" }] })).toEqual([
      'webhooks[0].reinvocationPolicy: Unsupported value: "x": supported values: "IfNeeded", "Never"',
    ]);
  });

  it("is counted", () => {
    expect(cells(ValidatingWebhookConfiguration, created(ValidatingWebhookConfiguration, { webhooks: [hook, hook] })).Webhooks).toBe(2);
  });
});

describe("a rule", () => {
  it.each<[string, object, string[]]>([
    [
      "is about something",
      { operations: [], apiGroups: [], apiVersions: [], resources: [] },
      ["operations", "apiGroups", "apiVersions", "resources"].map((list) => `${RULE}.${list}: Required value`),
    ],
    [
      "is about everything, or not",
      { operations: ["*", "CREATE"], apiGroups: ["*", ""], apiVersions: ["*", "v1"] },
      [
        `${RULE}.operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
        `${RULE}.apiGroups: Invalid value: ["*",""]: if '*' is present, must not specify other API groups`,
        `${RULE}.apiVersions: Invalid value: ["*","v1"]: if '*' is present, must not specify other API versions`,
      ],
    ],
    [
      "knows operations and scopes",
      { operations: ["READ"], scope: "x" },
      [
        `${RULE}.operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
        `${RULE}.scope: Unsupported value: "x": supported values: "*", "Cluster", "Namespaced"`,
      ],
    ],
    ["is about subresources", { resources: ["pods", "pods/log", "*/scale"] }, []],
    [
      "names nothing twice",
      { resources: ["pods/*", "pods/log", "*/scale", "jobs/scale"] },
      [
        `${RULE}.resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
        `${RULE}.resources[3]: Invalid value: "jobs/scale": if '*/scale' is present, must not specify jobs/scale`,
      ],
    ],
    [
      "names nothing beside all",
      { resources: ["*", "pods"] },
      [`${RULE}.resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`],
    ],
  ])("%s", (_, more, expected) => expect(ofRule(more)).toEqual(expected));
});
