import { describe, expect, it } from "vitest";
import { cells, created, findings, type Input, updated } from "../testing.ts";
import { ClusterRole } from "./clusterrole.ts";
import { ClusterRoleBinding } from "./clusterrolebinding.ts";
import { Role } from "./role.ts";
import { RoleBinding } from "./rolebinding.ts";

const GROUP = "rbac.authorization.k8s.io";
const paths = { verbs: ["get"], nonResourceURLs: ["/metrics"] };
const pods = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };

describe("a role", () => {
  it.each<[string, object, string[]]>([
    ["is about resources", pods, []],
    ["needs verbs", { ...pods, verbs: [] }, ["rules[0].verbs: Required value: verbs must contain at least one value"]],
    [
      "needs groups and resources",
      { verbs: ["get"] },
      [
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        "rules[0].resources: Required value: resource rules must supply at least one resource",
      ],
    ],
    [
      "is not about paths",
      paths,
      ['rules[0].nonResourceURLs: Invalid value: ["/metrics"]: namespaced rules cannot apply to non-resource URLs'],
    ],
  ])("%s", (_, rule, expected) => expect(findings(Role, { rules: [rule] })).toEqual(expected));

  it("of the cluster may be about paths, but not about both", () => {
    expect(findings(ClusterRole, { rules: [paths, pods] })).toEqual([]);
    expect(findings(ClusterRole, { rules: [{ ...paths, ...pods }] })).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
    expect(findings(ClusterRole, { rules: [], aggregationRule: {} })).toEqual([
      "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
    ]);
  });

  it("may be called almost anything", () => {
    expect(Role.validateName?.("system:a")).toEqual([]);
    expect(ClusterRole.validateName?.("a/b")).toEqual(["may not contain '/'"]);
  });

  it("prints when it was made", () => {
    expect(Object.keys(cells(Role, created(Role, { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" } })))).toEqual([
      "Name",
      "Created At",
    ]);
  });
});

describe("a binding", () => {
  const roleRef = { kind: "ClusterRole", name: "view" };
  const all = [
    { kind: "User", name: "u" },
    { kind: "Group", name: "g" },
    { kind: "ServiceAccount", name: "s", namespace: "n" },
  ];

  it("fills in the group", () => {
    const { roleRef: ref, subjects } = created(RoleBinding, { roleRef, subjects: all });
    expect(ref.apiGroup).toBe(GROUP);
    expect(subjects?.map((s) => s.apiGroup)).toEqual([GROUP, GROUP, undefined]);
  });

  it.each<[string, Input, string[]]>([
    ["is fine", { roleRef, subjects: all }, []],
    [
      "is of a role",
      { roleRef: { kind: "Pod", apiGroup: "x" } },
      [
        `roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`,
        'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
        "roleRef.name: Required value",
      ],
    ],
    [
      "is for someone",
      { roleRef, subjects: [{ kind: "Pod", name: "p" }, { kind: "User" }, { kind: "ServiceAccount", name: "A", apiGroup: "x" }] },
      [
        'subjects[0].kind: Unsupported value: "Pod": supported values: "ServiceAccount", "User", "Group"',
        "subjects[1].name: Required value",
        'subjects[1].name: Invalid value: "": user name cannot be empty',
        expect.stringMatching(/^subjects\[2\].name: Invalid value: "A": a lowercase RFC 1123 subdomain/),
        'subjects[2].apiGroup: Unsupported value: "x": supported values: ""',
      ],
    ],
  ])("%s", (_, input, expected) => expect(findings(RoleBinding, input)).toEqual(expected));

  it("of the cluster takes roles of the cluster, and says where its accounts are", () => {
    expect(
      findings(ClusterRoleBinding, { roleRef: { kind: "Role", name: "a" }, subjects: [{ kind: "ServiceAccount", name: "s" }] }),
    ).toEqual(['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"', "subjects[0].namespace: Required value"]);
  });

  it("stays with its role", () => {
    const { errors } = updated(RoleBinding, created(RoleBinding, { roleRef }), (o) => Object.assign(o.roleRef, { name: "edit" }));
    expect(errors).toEqual([expect.stringMatching(/^roleRef: Invalid value: .*: cannot change roleRef$/)]);
  });

  it("prints role and subjects", () => {
    expect(cells(RoleBinding, created(RoleBinding, { roleRef, subjects: [...all, { kind: "User", name: "v" }] }))).toMatchObject({
      Role: "ClusterRole/view",
      Users: "u, v",
      Groups: "g",
      ServiceAccounts: "n/s",
    });
  });
});

describe("a binding", () => {
  it("warns of subjects that may do everything anyway", () => {
    const roleRef = { kind: "ClusterRole", name: "view" };
    const warnings = (...subjects: object[]) => ClusterRoleBinding.warnings?.(created(ClusterRoleBinding, { roleRef, subjects }));
    const account = { kind: "ServiceAccount", name: "bot", namespace: "a" };
    expect(warnings(account, { kind: "Group", name: "system:serviceaccounts:a" })).toEqual([]);
    expect(warnings(account, { kind: "User", name: "jane" })).toEqual([
      expect.stringMatching(/^subjects\[1\]: has no effect in this version/),
    ]);
  });
});
