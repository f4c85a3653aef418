import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { FlowSchema } from "./flowschema.ts";
import { PriorityLevelConfiguration } from "./prioritylevelconfiguration.ts";

const jane = { kind: "User", user: { name: "jane" } };
const pods = { verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["*"] };
const RULE = "spec.rules[0]";
const flow = (more: object) => findings(FlowSchema, { spec: { priorityLevelConfiguration: { name: "p" }, ...more } });
const ofRule = (more: object) => flow({ rules: [{ subjects: [jane], resourceRules: [pods], ...more }] });

describe("a flow schema", () => {
  it.each<[string, () => string[], string[]]>([
    ["is fine", () => ofRule({}), []],
    [
      "needs a level",
      () => findings(FlowSchema, { spec: {} }),
      ["spec.priorityLevelConfiguration.name: Required value: must reference a priority level"],
    ],
    [
      "has a place",
      () => flow({ matchingPrecedence: 10001, distinguisherMethod: { type: "x" } }),
      [
        "spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
        'spec.distinguisherMethod.type: Unsupported value: {"type":"x"}: supported values: "ByNamespace", "ByUser"',
      ],
    ],
    [
      "leaves the first place alone",
      () => flow({ matchingPrecedence: 1 }),
      ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
    ],
    [
      "is about someone and something",
      () => flow({ rules: [{}] }),
      [
        `${RULE}.subjects: Required value: subjects must contain at least one value`,
        `${RULE}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`,
      ],
    ],
    [
      "knows subjects",
      () => ofRule({ subjects: [{ kind: "Pod" }, { kind: "Group", user: { name: "a" } }, { kind: "ServiceAccount", serviceAccount: {} }] }),
      [
        `${RULE}.subjects[0].kind: Unsupported value: "Pod": supported values: "Group", "ServiceAccount", "User"`,
        `${RULE}.subjects[1].group: Required value: group is required when subject kind is 'Group'`,
        `${RULE}.subjects[1].user: Forbidden: user is forbidden when subject kind is not 'User'`,
        `${RULE}.subjects[2].serviceAccount.name: Required value`,
        `${RULE}.subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account`,
      ],
    ],
    [
      "knows verbs and namespaces",
      () =>
        ofRule({
          resourceRules: [
            { ...pods, verbs: ["eat"], namespaces: [] },
            { ...pods, namespaces: ["*", "a"] },
          ],
        }),
      [
        expect.stringMatching(/^spec.rules\[0\].resourceRules\[0\].verbs: Unsupported value: \["eat"\]: supported values: "create",/),
        `${RULE}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
        `${RULE}.resourceRules[1].namespaces: Invalid value: ["*","a"]: if '*' is present, must not specify other namespaces`,
      ],
    ],
    [
      "knows paths",
      () => ofRule({ nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["/", "/a/*", "b", "/a//b", "/a b", "/*/a"] }] }),
      [
        `${RULE}.nonResourceRules[0].nonResourceURLs[2]: Invalid value: "b": must start with slash`,
        `${RULE}.nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a//b": must not contain double slash`,
        `${RULE}.nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a b": must not contain white-space`,
        `${RULE}.nonResourceRules[0].nonResourceURLs[5]: Invalid value: "/*/a": wildcard can only do suffix matching`,
      ],
    ],
  ])("%s", (_, run, expected) => expect(run()).toEqual(expected));

  it("prints its place, and whether its level is there", () => {
    const object = created(FlowSchema, { spec: { priorityLevelConfiguration: { name: "p" } } });
    expect(cells(FlowSchema, object)).toMatchObject({
      PriorityLevel: "p",
      MatchingPrecedence: 1000,
      DistinguisherMethod: "<none>",
      MissingPL: "?",
    });
    const change = (o: FlowSchema) => {
      o.status = { conditions: [{ type: "Dangling", status: "True" }, { type: "Dangling" }, {}] };
    };
    const { object: next, errors } = updated(FlowSchema, object, change, "status");
    expect(cells(FlowSchema, next).MissingPL).toBe("True");
    expect(errors).toEqual([
      'status.conditions[1].type: Duplicate value: "Dangling"',
      "status.conditions[2].type: Required value: must not be empty",
    ]);
  });
});

describe("a priority level", () => {
  const queue = { limitResponse: { type: "Queue", queuing: {} } };
  const level = (spec: object, name = "x") => findings(PriorityLevelConfiguration, { metadata: { name }, spec });
  const queuing = (q: object) => level({ type: "Limited", limited: { limitResponse: { type: "Queue", queuing: q } } });
  const Q = "spec.limited.limitResponse.queuing";

  it("has defaults", () => {
    expect(created(PriorityLevelConfiguration, { spec: { type: "Limited", limited: queue } }).spec.limited).toEqual({
      nominalConcurrencyShares: 30,
      lendablePercent: 0,
      limitResponse: { type: "Queue", queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
    });
    expect(created(PriorityLevelConfiguration, { spec: { type: "Exempt", exempt: {} } }).spec.exempt).toEqual({
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
    });
  });

  it.each<[string, () => string[], string[]]>([
    ["is fine", () => level({ type: "Limited", limited: queue }), []],
    ["may be exempt by its name alone", () => level({ type: "Exempt" }, "exempt"), []],
    [
      "is not exempt",
      () => level({ type: "Exempt" }),
      ["spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"],
    ],
    ["needs limits", () => level({ type: "Limited" }), ["spec.limited: Required value: must not be empty when type is Limited"]],
    ["needs a type", () => level({}), ['spec.type: Unsupported value: "": supported values: "Exempt", "Limited"']],
    [
      "lends what it has",
      () =>
        level({ type: "Limited", limited: { ...queue, nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1 } }),
      [
        "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
        "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
        "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
      ],
    ],
    [
      "queues or rejects",
      () => level({ type: "Limited", limited: { limitResponse: { type: "Reject", queuing: {} } } }),
      [`${Q}: Forbidden: must be nil if limited.limitResponse.type is not Limited`],
    ],
    [
      "deals from its queues",
      () => queuing({ handSize: 9, queues: 8 }),
      [`${Q}.handSize: Invalid value: 9: should not be greater than queues (8)`],
    ],
    [
      "deals from one hash",
      () => queuing({ handSize: 8, queues: 512 }),
      [`${Q}.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60`],
    ],
    [
      "has queues",
      () => queuing({ queues: -1, handSize: -1 }),
      [`${Q}.queues: Invalid value: -1: must be positive`, `${Q}.handSize: Invalid value: -1: must be positive`],
    ],
  ])("%s", (_, run, expected) => expect(run()).toEqual(expected));

  it("prints its queues", () => {
    expect(
      cells(PriorityLevelConfiguration, created(PriorityLevelConfiguration, { spec: { type: "Limited", limited: queue } })),
    ).toMatchObject({
      Type: "Limited",
      NominalConcurrencyShares: 30,
      Queues: 64,
      HandSize: 8,
      QueueLengthLimit: 50,
    });
    expect(cells(PriorityLevelConfiguration, created(PriorityLevelConfiguration, { spec: { type: "Exempt" } })).Queues).toBe("<none>");
  });
});
