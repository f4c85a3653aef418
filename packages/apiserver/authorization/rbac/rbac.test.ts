import { ClusterRole, ClusterRoleBinding, Namespace, type PolicyRule, Role, RoleBinding } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Attributes } from "../authorizer.ts";
import { DEFAULT_BINDINGS, DEFAULT_ROLES } from "./default-roles.ts";
import { isSubject, ruleAllows } from "./rules.ts";

const user = {
  name: "system:serviceaccount:a:bot",
  groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
};

/** `get pods`, `get pods/log x`, `list apps/deployments`, `get /healthz`. */
function wants(text: string): Attributes {
  const [verb = "", what = "", name = ""] = text.split(" ");
  if (what.startsWith("/")) return { user, verb, path: what };
  const [, group = "", resource = "", subresource = ""] =
    /^(?:([a-z.]*)\/(?=[a-z]+(?:\/|$)))?([a-z]+)(?:\/([a-z]+))?$/.exec(what.replace(/^core\//, "/")) ?? [];
  return { user, verb, resource: { group, version: "v1", resource, subresource, namespace: "a", name } };
}

describe("a rule", () => {
  const pods: PolicyRule = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods", "pods/log"] };
  it.each<[string, PolicyRule, string, boolean]>([
    ["its verb", pods, "get core/pods", true],
    ["another verb", pods, "delete core/pods", false],
    ["another group", pods, "get metrics.k8s.io/pods", false],
    ["another resource", pods, "get core/services", false],
    ["a subresource that it names", pods, "get core/pods/log", true],
    ["one that it does not", pods, "get core/pods/exec", false],
    ["everything", { verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, "delete apps/deployments/scale", true],
    ["a subresource of everything", { verbs: ["*"], apiGroups: ["*"], resources: ["*/scale"] }, "update apps/deployments/scale", true],
    ["but not the resource", { verbs: ["*"], apiGroups: ["*"], resources: ["*/scale"] }, "update apps/deployments", false],
    ["a name", { ...pods, resourceNames: ["x"] }, "get core/pods x", true],
    ["another name", { ...pods, resourceNames: ["x"] }, "get core/pods y", false],
    ["no name", { ...pods, resourceNames: ["x"] }, "list core/pods", false],
    ["a path", { verbs: ["get"], nonResourceURLs: ["/healthz"] }, "get /healthz", true],
    ["a path below", { verbs: ["get"], nonResourceURLs: ["/healthz"] }, "get /healthz/etcd", false],
    ["paths below", { verbs: ["get"], nonResourceURLs: ["/healthz/*"] }, "get /healthz/etcd", true],
    ["resources are no paths", { verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, "get /metrics", false],
  ])("about %s", (_, rule, text, allowed) => {
    expect(ruleAllows(rule, wants(text))).toBe(allowed);
  });
});

describe("a subject", () => {
  it.each([
    [{ kind: "ServiceAccount", name: "bot", namespace: "a" }, true],
    [{ kind: "ServiceAccount", name: "bot" }, true],
    [{ kind: "ServiceAccount", name: "bot", namespace: "b" }, false],
    [{ kind: "Group", name: "system:serviceaccounts:a" }, true],
    [{ kind: "Group", name: "bot" }, false],
    [{ kind: "User", name: "system:serviceaccount:a:bot" }, true],
    [{ kind: "User", name: "bot" }, false],
  ])("%j", (subject, matches) => {
    expect(isSubject(subject, user, "a")).toBe(matches);
  });
});

describe("a service account", () => {
  let plane: ControlPlane;
  let names = 0;
  let namespace = "";
  let token = { name: "", groups: [] as string[] };
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.close());
  beforeEach(async () => {
    namespace = `n${++names}`;
    await plane.client.create(Namespace, { metadata: { name: namespace }, spec: {} });
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
    token = { name: `system:serviceaccount:${namespace}:bot`, groups };
  });

  async function ask(method: "GET" | "DELETE", path: string): Promise<{ code: number; message: string }> {
    const response = await plane.server.transport(token).request({ method, path });
    const parts: Uint8Array[] = [];
    for await (const part of response.body) parts.push(part);
    const text = Buffer.concat(parts).toString();
    return { code: response.status, message: text.startsWith("{") ? String((JSON.parse(text) as { message?: string }).message) : text };
  }
  const pods = () => `/api/v1/namespaces/${namespace}/pods`;
  const subjects = () => [{ kind: "ServiceAccount", name: "bot", namespace }];
  const roleRef = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });

  it("may look at what the API is, and nothing else", async () => {
    for (const path of ["/version", "/api", "/apis", "/openapi/v3"]) expect((await ask("GET", path)).code, path).toBe(200);
    expect(await ask("GET", pods())).toEqual({
      code: 403,
      message: `pods is forbidden: User "${token.name}" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
    });
    expect((await ask("GET", "/metrics")).code).toBe(403);
    expect((await ask("GET", `/api/v1/namespaces/${namespace}/secrets/x`)).code).toBe(403);
    expect((await ask("DELETE", `/api/v1/namespaces/${namespace}`)).code).toBe(403);
  });

  it("may do what a role of its namespace lets it, there only, and from the moment it is bound until it is not", async () => {
    const metadata = { name: "reader", namespace };
    await plane.client.create(Role, { metadata, rules: [{ verbs: ["list"], apiGroups: [""], resources: ["pods"] }] });
    expect((await ask("GET", pods())).code).toBe(403);
    await plane.client.create(RoleBinding, { metadata, roleRef: roleRef("Role", "reader"), subjects: subjects() });
    expect((await ask("GET", pods())).code).toBe(200);
    expect((await ask("GET", "/api/v1/namespaces/default/pods")).code).toBe(403);
    expect((await ask("GET", "/api/v1/pods")).code).toBe(403);
    expect((await ask("DELETE", pods())).code).toBe(403);
    await plane.client.delete(RoleBinding, metadata);
    expect((await ask("GET", pods())).code).toBe(403);
  });

  it("may do what a cluster role lets it: in one namespace, or in all", async () => {
    const name = `view-${namespace}`;
    await plane.client.create(RoleBinding, {
      metadata: { name, namespace },
      roleRef: roleRef("ClusterRole", "view"),
      subjects: subjects(),
    });
    expect((await ask("GET", pods())).code).toBe(200);
    expect((await ask("GET", `/api/v1/namespaces/${namespace}/secrets`)).code).toBe(403);
    expect((await ask("GET", "/api/v1/pods")).code).toBe(403);
    await plane.client.create(ClusterRoleBinding, {
      metadata: { name },
      roleRef: roleRef("ClusterRole", "cluster-admin"),
      subjects: subjects(),
    });
    expect((await ask("GET", "/api/v1/pods")).code).toBe(200);
    expect((await ask("GET", "/metrics")).code).toBe(200);
  });

  it("is told when its role is missing", async () => {
    const name = `gone-${namespace}`;
    await plane.client.create(ClusterRoleBinding, { metadata: { name }, roleRef: roleRef("ClusterRole", "nobody"), subjects: subjects() });
    expect((await ask("GET", pods())).message).toContain(': RBAC: clusterrole.rbac.authorization.k8s.io "nobody" not found');
  });

  it("everyone else is let in as before", async () => {
    token = { name: "somebody", groups: ["system:authenticated"] };
    expect((await ask("GET", pods())).code).toBe(200);
  });
});

describe("the default roles", () => {
  it("are there, and all bindings have theirs", async () => {
    const plane = await startControlPlane();
    try {
      const roles = (await plane.client.list(ClusterRole)).items.map((role) => role.metadata.name);
      expect(roles).toEqual(expect.arrayContaining(DEFAULT_ROLES.map((role) => role.metadata.name)));
      for (const binding of DEFAULT_BINDINGS) expect(roles).toContain(binding.roleRef.name);
      expect((await plane.client.list(ClusterRoleBinding)).items).toHaveLength(DEFAULT_BINDINGS.length);
    } finally {
      await plane.close();
    }
  });
});
