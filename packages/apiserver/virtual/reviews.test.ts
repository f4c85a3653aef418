import type { Attributes, Authorizer } from "@wherry/apiserver";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

const AUTHORIZATION = "/apis/authorization.k8s.io/v1";
const ME = { name: "jane", groups: ["dev"], uid: "7", extra: { "example.com/team": ["a", "b"] } };
const pods = { verb: "list", resource: "pods", namespace: "default" };

/** Lets everyone but jane; her it lets read pods, and see what she may do. */
class OnlyPods implements Authorizer {
  readonly asked: Attributes[] = [];

  authorize(attributes: Attributes) {
    this.asked.push(attributes);
    const allowed = attributes.user.name !== "jane" || this.#jane(attributes);
    return allowed ? { allowed, reason: "" } : { allowed, reason: "it is not hers" };
  }

  rulesFor() {
    return { resourceRules: [{ verbs: ["list"], apiGroups: [""], resources: ["pods"] }], nonResourceRules: [], incomplete: false };
  }

  #jane(attributes: Attributes): boolean {
    if ("path" in attributes) return attributes.path === "/apis";
    const { resource, group } = attributes.resource;
    return resource === "pods" || group === "authorization.k8s.io" || group === "authentication.k8s.io";
  }
}

let authorizer: OnlyPods;
let plane: ControlPlane;
let api: ReturnType<typeof caller>;

beforeEach(async () => {
  authorizer = new OnlyPods();
  plane = await startControlPlane({ server: { authorizer } });
  api = caller(plane.server.transport(ME));
});
afterEach(() => plane.close());

const status = async (resource: string, spec: object, path = AUTHORIZATION) =>
  (await api("POST", `${path}/${resource}`, { spec })).json<{ status: object }>().status;
const refusal = async (resource: string, body: object, path = AUTHORIZATION) => {
  const answer = await api("POST", `${path}/${resource}`, body);
  return [answer.status, answer.json().message];
};

describe("access reviews", () => {
  it("ask what requests are decided by", async () => {
    expect(await status("selfsubjectaccessreviews", { resourceAttributes: pods })).toEqual({ allowed: true });
    expect(await status("selfsubjectaccessreviews", { resourceAttributes: { ...pods, resource: "secrets" } })).toEqual({
      allowed: false,
      reason: "it is not hers",
    });
    expect(await status("selfsubjectaccessreviews", { nonResourceAttributes: { verb: "get", path: "/apis" } })).toEqual({ allowed: true });
    expect(await status("subjectaccessreviews", { user: "bob", groups: ["g"], resourceAttributes: pods })).toEqual({ allowed: true });
    expect(authorizer.asked.at(-1)).toEqual({
      user: { name: "bob", groups: ["g"] },
      verb: "list",
      resource: { group: "", version: "", resource: "pods", subresource: "", namespace: "default", name: "" },
    });
    const local = { user: "jane", resourceAttributes: { ...pods, resource: "secrets" } };
    expect(await status("localsubjectaccessreviews", local, `${AUTHORIZATION}/namespaces/default`)).toMatchObject({ allowed: false });
  });

  it("answer with the question", async () => {
    const answer = await api("POST", `${AUTHORIZATION}/selfsubjectaccessreviews`, { spec: { resourceAttributes: pods } });
    expect(answer.status).toBe(201);
    expect(answer.json()).toEqual({
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: { creationTimestamp: null },
      spec: { resourceAttributes: pods },
      status: { allowed: true },
    });
  });

  it("list what one may do", async () => {
    expect(await status("selfsubjectrulesreviews", { namespace: "default" })).toEqual(authorizer.rulesFor());
    expect(await refusal("selfsubjectrulesreviews", { spec: {} })).toEqual([400, "no namespace on request"]);
  });

  it("refuse bad questions", async () => {
    expect(await refusal("selfsubjectaccessreviews", { spec: {} })).toEqual([
      422,
      'SelfSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ]);
    const [, both] = await refusal("subjectaccessreviews", {
      metadata: { name: "a" },
      spec: { resourceAttributes: pods, nonResourceAttributes: {} },
    });
    expect(both).toContain("spec.nonResourceAttributes: Invalid value: {}: cannot be specified in combination with resourceAttributes");
    expect(both).toContain('spec.user: Invalid value: "": at least one of user or group must be specified');
    expect(both).toContain('metadata: Invalid value: {"name":"a"}: must be empty');
    const [, elsewhere] = await refusal(
      "localsubjectaccessreviews",
      { spec: { user: "a", resourceAttributes: { ...pods, namespace: "other" } } },
      `${AUTHORIZATION}/namespaces/default`,
    );
    expect(elsewhere).toContain('spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace');
  });

  it("cannot be read back", async () => {
    for (const method of ["GET", "DELETE", "PUT"] as const)
      expect((await api(method, `${AUTHORIZATION}/selfsubjectaccessreviews`)).status).toBe(405);
  });
});

it("a caller is told who it is", async () => {
  const answer = await api("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  expect(answer.json<{ status: object }>().status).toEqual({
    userInfo: { username: "jane", uid: "7", groups: ["dev", "system:authenticated"], extra: { "example.com/team": ["a", "b"] } },
  });
});

describe("every request", () => {
  it.each<[string, "GET" | "POST" | "DELETE" | "PATCH", string]>([
    [
      'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "default": it is not hers',
      "GET",
      "/api/v1/namespaces/default/secrets",
    ],
    [
      'deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments/scale" in API group "apps" in the namespace "default": it is not hers',
      "PATCH",
      "/apis/apps/v1/namespaces/default/deployments/web/scale",
    ],
    [
      'nodes is forbidden: User "jane" cannot watch resource "nodes" in API group "" at the cluster scope: it is not hers',
      "GET",
      "/api/v1/nodes?watch=true",
    ],
    [
      'namespaces "x" is forbidden: User "jane" cannot delete resource "namespaces" in API group "" in the namespace "x": it is not hers',
      "DELETE",
      "/api/v1/namespaces/x",
    ],
    ['forbidden: User "jane" cannot get path "/metrics": it is not hers', "GET", "/metrics"],
  ])("may be refused: %s", async (message, method, path) => {
    const answer = await api(method, path);
    expect([answer.status, answer.json().reason, answer.json().message]).toEqual([403, "Forbidden", message]);
  });

  it("may be allowed", async () => {
    expect((await api("GET", "/api/v1/namespaces/default/pods")).status).toBe(200);
    expect((await api("GET", "/apis")).status).toBe(200);
  });

  it("of an upgrade is asked about as well", async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/x/exec?command=a&stdout=true";
    await expect(plane.server.transport(ME).upgrade(path, ["v5.channel.k8s.io"])).rejects.toThrow("could not find the requested resource");
    const before = authorizer.asked.length;
    const exec = "/api/v1/namespaces/default/pods/x/exec?command=a&stdout=true";
    await expect(plane.server.transport(ME).upgrade(exec, ["v5.channel.k8s.io"])).rejects.toThrow('pods "x" not found');
    expect(authorizer.asked.slice(before)).toMatchObject([{ verb: "get", resource: { resource: "pods", subresource: "exec", name: "x" } }]);
  });
});
