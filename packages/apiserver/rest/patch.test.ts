import { Deployment } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const PATH = "/apis/apps/v1/namespaces/default/deployments";
const at = (name: string) => ({ name, namespace: "default" });
const spec = {
  replicas: 1,
  selector: { matchLabels: { a: "b" } },
  template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
};

beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterAll(() => plane.close());
let name: string;
let count = 0;
beforeEach(async () => {
  name = `d${count++}`;
  await plane.client.create(Deployment, { metadata: at(name), spec });
});

const send = (type: string, body: unknown, query = "", subresource = "") =>
  api("PATCH", `${PATH}/${name}${subresource}${query}`, body, { "content-type": `application/${type}` });
const warnings = (answer: { headers: Readonly<Record<string, unknown>> }) => [answer.headers.warning ?? []].flat();

const JSON_PATCH = "json-patch+json";
const MERGE = "merge-patch+json";
const STRATEGIC = "strategic-merge-patch+json";

describe("strict decoding of a patch", () => {
  it.each([
    [JSON_PATCH, [{ op: "add", path: "/spec/bogus", value: 1 }], 'unknown field "spec.bogus"'],
    [MERGE, { spec: { bogus: 1 } }, 'unknown field "spec.bogus"'],
    [STRATEGIC, { spec: { bogus: 1 } }, 'unknown field "spec.bogus"'],
    [MERGE, '{"spec":{"replicas":1,"replicas":2}}', 'duplicate field "spec.replicas"'],
    [STRATEGIC, '{"spec":{"replicas":1,"replicas":2}}', 'duplicate field "spec.replicas"'],
    [JSON_PATCH, '[{"op":"add","op":"replace","path":"/spec/replicas","value":2}]', 'json patch duplicate field "[0].op"'],
    [JSON_PATCH, [{ op: "replace", path: "/spec/replicas", value: 2, why: "x" }], 'json patch unknown field "[0].why"'],
  ])("%s %j", async (type, body, finding) => {
    const strict = (await send(type, body, "?fieldValidation=Strict")).json();
    expect(strict).toMatchObject({ code: 422, reason: "Invalid", details: { causes: [{ field: "patch" }] } });
    expect(strict.message).toMatch(/^ "" is invalid: patch: Invalid value: ".*": strict decoding error: /);
    expect(strict.message?.endsWith(finding)).toBe(true);
    expect(warnings(await send(type, body, "?fieldValidation=Warn&dryRun=All"))).toEqual([`299 - "${finding.replaceAll('"', '\\"')}"`]);
    expect(warnings(await send(type, body, "?dryRun=All"))).toHaveLength(1);
    expect(warnings(await send(type, body, "?fieldValidation=Ignore"))).toEqual([]);
  });

  it("shows a strategic patch as Go prints it", async () => {
    const { message } = (await send(STRATEGIC, { spec: { bogus: [1, "x", null] } }, "?fieldValidation=Strict")).json();
    expect(message).toBe(
      ' "" is invalid: patch: Invalid value: "map[spec:map[bogus:[1 x <nil>]]]": strict decoding error: unknown field "spec.bogus"',
    );
  });
});

describe("a patch", () => {
  const DECODER = "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32";
  it.each([
    [MERGE, { spec: { replicas: "x" } }, DECODER],
    [JSON_PATCH, [{ op: "replace", path: "/spec/replicas", value: "x" }], DECODER],
    [STRATEGIC, { spec: { replicas: "x" } }, 'Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32'],
    [MERGE, { kind: "Foo" }, 'no kind "Foo" is registered for version "apps/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'],
  ])("%s %j, whose outcome is of a wrong type, is invalid", async (type, body, why) => {
    const status = (await send(type, body)).json();
    expect(status).toMatchObject({ code: 422, reason: "Invalid", details: { causes: [{ field: "patch" }] } });
    expect(status.message).toContain(why);
  });

  it.each([
    [MERGE, "{{", "error decoding patch: invalid character '{' looking for beginning of object key string"],
    [MERGE, "[]", "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"],
    [JSON_PATCH, "", "error decoding patch: unexpected end of JSON input"],
    [JSON_PATCH, "{}", "error decoding patch: json: cannot unmarshal object into Go value of type []interface {}"],
    [STRATEGIC, '{"a":}', "invalid character '}' looking for beginning of value"],
    [STRATEGIC, '"x"', "json: cannot unmarshal string into Go value of type map[string]interface {}"],
  ])("%s %j is refused in Go's words", async (type, body, message) => {
    expect((await send(type, body)).json()).toMatchObject({ code: 400, reason: "BadRequest", message });
  });

  it("is not read when there is nothing to patch", async () => {
    name = "missing";
    expect((await send(MERGE, "{{")).status).toBe(404);
  });

  it("tells why it cannot be applied among the causes", async () => {
    expect((await send(JSON_PATCH, [{ op: "test", path: "/spec/replicas", value: 9 }])).json()).toMatchObject({
      code: 422,
      message: "the server rejected our request due to an error in our request",
      details: { causes: [{ message: "testing value /spec/replicas failed: test failed" }] },
    });
    expect((await send("foo+json", {})).json()).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
  });

  it("works on every subresource, and touches only its part", async () => {
    for (const [type, status, scale] of [
      [MERGE, { status: { replicas: 3, observedGeneration: 1 }, spec: { replicas: 9 } }, { spec: { replicas: 4 } }],
      [JSON_PATCH, [{ op: "add", path: "/status/replicas", value: 5 }], [{ op: "replace", path: "/spec/replicas", value: 6 }]],
      [STRATEGIC, { status: { replicas: 7 }, spec: { replicas: 9 } }, { spec: { replicas: 8 } }],
    ] as const) {
      const before = (await api("GET", `${PATH}/${name}`)).json<Deployment>();
      const viaStatus = (await send(type, status, "", "/status")).json<Deployment>();
      expect(viaStatus.spec).toEqual(before.spec);
      expect(viaStatus.metadata.generation).toBe(before.metadata.generation);
      expect(viaStatus.status?.replicas).not.toBe(before.status?.replicas);
      const viaScale = (await send(type, scale, "", "/scale")).json<{ kind: string; spec: { replicas: number } }>();
      expect(viaScale.kind).toBe("Scale");
      const after = (await api("GET", `${PATH}/${name}`)).json<Deployment>();
      expect(after.spec.replicas).toBe(viaScale.spec.replicas);
      expect(after.metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
      expect(after.status).toEqual(viaStatus.status);
    }
  });

  it("changes nothing on a dry run", async () => {
    const before = (await api("GET", `${PATH}/${name}`)).json();
    for (const part of ["", "/status", "/scale"])
      expect((await send(MERGE, { spec: { replicas: 3 }, metadata: { labels: { x: "y" } } }, "?dryRun=All", part)).status).toBe(200);
    expect((await api("GET", `${PATH}/${name}`)).json()).toEqual(before);
  });
});
