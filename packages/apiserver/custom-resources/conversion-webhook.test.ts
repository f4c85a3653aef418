import { type FakeClock, silentLogger } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApiServer } from "../server.ts";
import { caller, watchLines } from "../testing/call.ts";
import { untilDefinition, untilEstablished } from "./testing.ts";
import { converted, convertHostPort, type Loose, startWebhook, type TestWebhook } from "./testing-webhook.ts";

let plane: ControlPlane;
let webhook: TestWebhook;
let call: ReturnType<typeof caller>;
const transport = () => plane.server.transport({ name: "admin", groups: ["system:masters"] });

beforeEach(async () => {
  [plane, webhook] = await Promise.all([startControlPlane(), startWebhook()]);
  call = caller(transport());
});
afterEach(async () => {
  await plane.close();
  await webhook.close();
});

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const NAME = "endpoints.example.com";
const at = (version: string) => `/apis/example.com/${version}/namespaces/default/endpoints`;
const MERGE = { "content-type": "application/merge-patch+json" };
const APPLY = { "content-type": "application/apply-patch+yaml" };
const TABLE = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };

const text = { type: "string" };
const v1 = { hostPort: { type: "string", maxLength: 20 }, note: text };
const old = { host: { type: "string", maxLength: 12 }, port: { ...text, default: "80" }, note: text };

interface Version {
  name: string;
  storage?: boolean;
  served?: boolean;
  fields?: object;
  extra?: object;
}
const version = ({ name, storage = false, served = true, fields = name === "v1" ? v1 : old, extra = {} }: Version) => ({
  ...{ name, served, storage },
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: { type: "object", properties: fields }, status: { type: "object", properties: { ready: { type: "integer" } } } },
    },
  },
  ...extra,
});

function definition(versions: Version[] = [{ name: "v1", storage: true }, { name: "v1beta1" }], webhookExtra: object = {}) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: NAME },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "endpoints", kind: "Endpoint" },
      versions: versions.map(version),
      conversion: {
        strategy: "Webhook",
        webhook: {
          clientConfig: { url: webhook.url, caBundle: webhook.caBundle },
          conversionReviewVersions: ["v1", "v1beta1"],
          ...webhookExtra,
        },
      },
    },
  };
}

async function define(...args: Parameters<typeof definition>) {
  const made = await call("POST", CRDS, definition(...args));
  expect(made.status, made.text).toBe(201);
  await untilEstablished(plane.client, NAME);
}

const object = (apiVersion: string, name: string, spec: object, metadata: object = {}) => ({
  ...{ apiVersion: `example.com/${apiVersion}`, kind: "Endpoint", spec },
  metadata: { name, ...metadata },
});
const apply = (v: string, manager: string, spec: object, query = "") =>
  call("PATCH", `${at(v)}/a?fieldManager=${manager}${query}`, object(v, "a", spec), APPLY);

describe("a kind whose versions a webhook converts", () => {
  it("is written and read in each of them, and stored in one", async () => {
    await define();
    const made = await call("POST", at("v1beta1"), object("v1beta1", "a", { host: "h" }));
    expect(made.status, made.text).toBe(201);
    expect(made.json()).toMatchObject({ apiVersion: "example.com/v1beta1", spec: { host: "h", port: "80" } });
    const asV1 = await call("GET", `${at("v1")}/a`);
    expect(asV1.json()).toMatchObject({ apiVersion: "example.com/v1", spec: { hostPort: "h:80" } });
    expect((await call("GET", `${at("v1beta1")}/a`)).json()).toEqual(made.json());
    const stored = await plane.store.get("/registry/example.com/endpoints/default/a");
    expect(JSON.parse(Buffer.from(stored?.value ?? []).toString())).toMatchObject({
      apiVersion: "example.com/v1",
      spec: { hostPort: "h:80" },
    });
    const put = await call("PUT", `${at("v1")}/a`, { ...(asV1.json() as object), spec: { hostPort: "i:81" } });
    expect(put.json()).toMatchObject({ spec: { hostPort: "i:81" }, metadata: { generation: 2 } });
    const patched = await call("PATCH", `${at("v1beta1")}/a`, { spec: { port: "82" } }, MERGE);
    expect(patched.json()).toMatchObject({ spec: { host: "i", port: "82" }, metadata: { generation: 3 } });
    expect((await call("GET", `${at("v1")}/a`)).json()).toMatchObject({ spec: { hostPort: "i:82" } });
    const [first] = webhook.reviews;
    expect(first).toMatchObject({
      ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview" },
      request: {
        desiredAPIVersion: "example.com/v1",
        objects: [{ apiVersion: "example.com/v1beta1", kind: "Endpoint", metadata: { name: "a" } }],
      },
    });
  });

  it("is checked in the version of the request, before anybody converts", async () => {
    await define();
    const answer = await call("POST", at("v1beta1"), object("v1beta1", "a", { host: "much too long" }));
    expect(answer.json()).toMatchObject({ code: 422, message: expect.stringContaining("spec.host: Too long: may not be longer than 12") });
    expect(webhook.reviews).toEqual([]);
    // The other version knows nothing of that rule, nor it of the other's.
    expect((await call("POST", at("v1"), object("v1", "a", { hostPort: "much too long:1" }))).status).toBe(201);
  });

  it("is not written by what changes nothing, and dry runs leave no trace", async () => {
    await define();
    const made = (await call("POST", at("v1beta1"), object("v1beta1", "a", { host: "h" }))).json<Loose>();
    const again = (await call("PUT", `${at("v1beta1")}/a`, made)).json<Loose>();
    expect(again).toEqual(made);
    const dry = await call("PATCH", `${at("v1beta1")}/a?dryRun=All`, { spec: { host: "other" } }, MERGE);
    expect(dry.json()).toMatchObject({ apiVersion: "example.com/v1beta1", spec: { host: "other" } });
    expect((await call("GET", `${at("v1beta1")}/a`)).json()).toEqual(made);
    expect((await call("POST", `${at("v1beta1")}?dryRun=All`, object("v1beta1", "b", { host: "h" }))).status).toBe(201);
    expect((await call("GET", `${at("v1")}/b`)).status).toBe(404);
  });

  it("is listed with one question for all that are not known yet, in pages and by what the version shows", async () => {
    const fields = {
      additionalPrinterColumns: [{ name: "Host", type: "string", jsonPath: ".spec.host" }],
      selectableFields: [{ jsonPath: ".spec.host" }],
    };
    await define([
      { name: "v1", storage: true },
      { name: "v1beta1", extra: fields },
    ]);
    for (const name of ["a", "b", "c"]) await call("POST", at("v1"), object("v1", name, { hostPort: `h${name}:1` }));
    expect(webhook.reviews).toEqual([]);
    const names = async (query: string) => {
      const { items, metadata } = (await call("GET", `${at("v1beta1")}${query}`)).json<{
        items: Loose[];
        metadata: { continue?: string; remainingItemCount?: number };
      }>();
      return { names: items.map((o) => [o.apiVersion, o.metadata.name, o.spec?.host]), metadata };
    };
    const first = await names("?limit=2");
    expect(first).toMatchObject({
      names: [
        ["example.com/v1beta1", "a", "ha"],
        ["example.com/v1beta1", "b", "hb"],
      ],
      metadata: { remainingItemCount: 1 },
    });
    expect(webhook.reviews.map((r) => r.request.objects.length)).toEqual([2]);
    expect((await names(`?limit=2&continue=${first.metadata.continue}`)).names).toEqual([["example.com/v1beta1", "c", "hc"]]);
    expect((await names("?fieldSelector=spec.host%3Dhb")).names).toEqual([["example.com/v1beta1", "b", "hb"]]);
    // What was converted once is not sent again.
    expect(webhook.reviews.map((r) => r.request.objects.length)).toEqual([2, 1]);
    const table = (await call("GET", at("v1beta1"), undefined, TABLE)).json<{ rows: { cells: unknown[] }[] }>();
    expect(table.rows.map((row) => row.cells)).toEqual([
      ["a", "ha"],
      ["b", "hb"],
      ["c", "hc"],
    ]);
    const all = (await call("DELETE", at("v1beta1"))).json<{ items: Loose[] }>();
    expect(all.items.map((o) => o.spec?.host)).toEqual(["ha", "hb", "hc"]);
    expect((await call("GET", at("v1"))).json<{ items: unknown[] }>().items).toEqual([]);
  });

  it("is watched in each version, from the state of now and from a revision", async () => {
    await define([
      { name: "v1", storage: true },
      { name: "v1beta1", extra: { selectableFields: [{ jsonPath: ".spec.host" }] } },
    ]);
    const made = (await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }))).json<{ metadata: { resourceVersion: string } }>();
    type Event = { type: string; object: Loose };
    const now = watchLines<Event>(transport(), `${at("v1beta1")}?watch=1`);
    const later = watchLines<Event>(
      transport(),
      `${at("v1beta1")}?watch=1&resourceVersion=${made.metadata.resourceVersion}&fieldSelector=spec.host%3Di`,
    );
    expect((await now.next()).value).toMatchObject({
      type: "ADDED",
      object: { apiVersion: "example.com/v1beta1", spec: { host: "h", port: "1" } },
    });
    await call("PATCH", `${at("v1")}/a`, { spec: { hostPort: "i:1" } }, MERGE);
    expect((await now.next()).value).toMatchObject({ type: "MODIFIED", object: { spec: { host: "i" } } });
    expect((await later.next()).value).toMatchObject({ type: "ADDED", object: { apiVersion: "example.com/v1beta1", spec: { host: "i" } } });
    await call("DELETE", `${at("v1")}/a`);
    for (const watch of [now, later]) {
      expect((await watch.next()).value).toMatchObject({
        type: "DELETED",
        object: { apiVersion: "example.com/v1beta1", spec: { host: "i" } },
      });
      await watch.return(undefined);
    }
  });

  it("shows objects that were stored in a version that is stored no more, and stores them anew when they are written", async () => {
    await define([{ name: "v1" }, { name: "v1beta1", storage: true }]);
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }));
    const crd = (await call("GET", `${CRDS}/${NAME}`)).json<object>();
    const changed = await call("PUT", `${CRDS}/${NAME}`, { ...crd, spec: definition().spec });
    expect(changed.status, changed.text).toBe(200);
    await untilDefinition(plane.client, NAME, (o) => o.status?.storedVersions?.length === 2);
    const is = async () => {
      const stored = await plane.store.get("/registry/example.com/endpoints/default/a");
      return JSON.parse(Buffer.from(stored?.value ?? []).toString()) as Loose;
    };
    expect(await is()).toMatchObject({ apiVersion: "example.com/v1beta1", spec: { host: "h" } });
    const seen = (await call("GET", `${at("v1")}/a`)).json<Loose>();
    expect(seen).toMatchObject({ apiVersion: "example.com/v1", spec: { hostPort: "h:1" } });
    expect((await call("GET", `${at("v1beta1")}/a`)).json()).toMatchObject({
      apiVersion: "example.com/v1beta1",
      spec: { host: "h", port: "1" },
    });
    // A write that changes nothing is how a storage migration goes.
    await call("PUT", `${at("v1")}/a`, seen);
    expect(await is()).toMatchObject({ apiVersion: "example.com/v1", spec: { hostPort: "h:1" } });
  });

  it("has its status and its scale in each version", async () => {
    const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.ready" };
    const extra = { subresources: { status: {}, scale } };
    const replicas = { replicas: { type: "integer" } };
    await define([
      { name: "v1", storage: true, extra, fields: { ...v1, ...replicas } },
      { name: "v1beta1", extra, fields: { ...old, ...replicas } },
    ]);
    await call("POST", at("v1beta1"), object("v1beta1", "a", { host: "h", replicas: 2 }));
    const status = await call("PATCH", `${at("v1beta1")}/a/status`, { status: { ready: 1 } }, MERGE);
    expect(status.json()).toMatchObject({ apiVersion: "example.com/v1beta1", status: { ready: 1 }, metadata: { generation: 1 } });
    const scaled = await call("PATCH", `${at("v1beta1")}/a/scale`, { spec: { replicas: 5 } }, MERGE);
    expect(scaled.json(), scaled.text).toMatchObject({ kind: "Scale", spec: { replicas: 5 }, status: { replicas: 1 } });
    expect((await call("GET", `${at("v1")}/a`)).json()).toMatchObject({ spec: { hostPort: "h:80", replicas: 5 }, status: { ready: 1 } });
  });

  it("has the schema of each version in OpenAPI, with what it can be selected by", async () => {
    await define([
      { name: "v1", storage: true },
      { name: "v1beta1", extra: { selectableFields: [{ jsonPath: ".spec.host" }] } },
    ]);
    const schemas = async (v: string) => {
      const document = (await call("GET", `/openapi/v3/apis/example.com/${v}`)).json<{ components: { schemas: Record<string, object> } }>();
      return document.components.schemas[`com.example.${v}.Endpoint`];
    };
    expect(await schemas("v1")).toMatchObject({ properties: { spec: { properties: { hostPort: { type: "string" } } } } });
    expect(await schemas("v1")).not.toHaveProperty("x-kubernetes-selectable-fields");
    expect(await schemas("v1beta1")).toMatchObject({
      properties: { spec: { properties: { host: { type: "string" } } } },
      "x-kubernetes-selectable-fields": [{ fieldPath: "spec.host" }],
      "x-kubernetes-group-version-kind": [{ group: "example.com", version: "v1beta1", kind: "Endpoint" }],
    });
  });

  it("is served again by the next server, in each version", async () => {
    await define();
    await call("POST", at("v1beta1"), object("v1beta1", "a", { host: "h" }));
    const { store, clock, registry } = plane;
    const next = await createApiServer({ store, clock, registry, log: silentLogger, serviceCIDR: "10.96.0.0/16", version: "0.0.0" });
    const again = caller(next.transport({ name: "admin", groups: ["system:masters"] }));
    for (const [v, spec] of [
      ["v1", { hostPort: "h:80" }],
      ["v1beta1", { host: "h", port: "80" }],
    ] as const)
      expect((await again("GET", `${at(v)}/a`)).json()).toMatchObject({ apiVersion: `example.com/${v}`, spec });
    await next.close();
  });

  it("is not deleted, nor marked, where it cannot be answered in the version of the request", async () => {
    await define();
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }, { finalizers: ["example.com/f"] }));
    await call("POST", at("v1"), object("v1", "b", { hostPort: "h:1" }));
    const before = (await call("GET", at("v1"))).json();
    // What was converted once is not asked for again, but what a delete makes of it is.
    expect((await call("GET", `${at("v1beta1")}/a`)).status).toBe(200);
    webhook.answer = () => 500;
    const why = 'failed: an error on the server ("no") has prevented the request from succeeding';
    for (const path of [`${at("v1beta1")}/a`, `${at("v1beta1")}/a?dryRun=All`, `${at("v1beta1")}/b`, at("v1beta1")])
      expect((await call("DELETE", path)).json()).toMatchObject({
        code: 500,
        message: expect.stringMatching(`^conversion webhook for example.com/v1, Kind=Endpoint(List)? ${why.replace(/[()]/g, "\\$&")}$`),
      });
    expect((await call("GET", at("v1"))).json()).toEqual(before);
    webhook.answer = (review) => converted(review);
    const marked = (await call("DELETE", `${at("v1beta1")}/a`)).json<Loose>();
    expect(marked).toMatchObject({
      apiVersion: "example.com/v1beta1",
      spec: { host: "h", port: "1" },
      metadata: { generation: 2, finalizers: ["example.com/f"], deletionTimestamp: expect.any(String) },
    });
    expect((await call("GET", `${at("v1beta1")}/a`)).json()).toEqual(marked);
    expect((await call("DELETE", `${at("v1beta1")}/b`)).json()).toMatchObject({ kind: "Status", status: "Success" });
    expect((await call("GET", `${at("v1")}/b`)).status).toBe(404);
  });

  it("goes with its definition, though nobody can convert any more", async () => {
    await define();
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }));
    await webhook.close();
    await call("DELETE", `${CRDS}/${NAME}`);
    await expect.poll(async () => (await call("GET", `${CRDS}/${NAME}`)).status, { timeout: 50_000 }).toBe(404);
  });
});

describe("managed fields across versions", () => {
  const owners = async () => {
    const { metadata } = (await call("GET", `${at("v1")}/a`)).json<{
      metadata: { managedFields: { manager: string; apiVersion: string; fieldsV1: Record<string, object> }[] };
    }>();
    return Object.fromEntries(
      metadata.managedFields.map((m) => [m.manager, [m.apiVersion, Object.keys(m.fieldsV1["f:spec"] ?? {}).sort()]]),
    );
  };

  it("remember in which version each was set, and lose what another version changes", async () => {
    await define();
    expect((await apply("v1beta1", "old", { host: "h", port: "1" })).status).toBe(201);
    expect((await apply("v1", "new", { note: "n" })).status).toBe(200);
    expect(await owners()).toEqual({ old: ["example.com/v1beta1", ["f:host", "f:port"]], new: ["example.com/v1", ["f:note"]] });
    const conflict = await apply("v1", "new", { note: "n", hostPort: "h:2" });
    expect(conflict.json()).toMatchObject({
      code: 409,
      message: expect.stringContaining('conflict with "old": .spec.port'),
    });
    const forced = await apply("v1", "new", { note: "n", hostPort: "h:2" }, "&force=true");
    expect(forced.json()).toMatchObject({ spec: { hostPort: "h:2", note: "n" } });
    expect(await owners()).toEqual({ old: ["example.com/v1beta1", ["f:host"]], new: ["example.com/v1", ["f:hostPort", "f:note"]] });
    await call("PATCH", `${at("v1")}/a?fieldManager=hand`, { spec: { hostPort: "k:2" } }, MERGE);
    expect(await owners()).toEqual({ hand: ["example.com/v1", ["f:hostPort"]], new: ["example.com/v1", ["f:note"]] });
  });

  it("of an apply in another version prune what was applied before", async () => {
    await define();
    await apply("v1beta1", "one", { host: "h", port: "1", note: "n" });
    // The same manager goes on in the newer version, and says less.
    const less = await apply("v1", "one", { hostPort: "h:1" });
    expect(less.json<Loose>().spec).toEqual({ hostPort: "h:1" });
    expect(await owners()).toEqual({ one: ["example.com/v1", ["f:hostPort"]] });
    const none = await apply("v1beta1", "one", { note: "m" });
    expect(none.json<Loose>().spec).toEqual({ note: "m", port: "80" });
  });
});

describe("a webhook that does not do as it should", () => {
  const failure = async (answer: TestWebhook["answer"]) => {
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }, { labels: { a: "b" } }));
    webhook.answer = answer;
    const { code, message } = (await call("GET", `${at("v1beta1")}/a`)).json();
    return `${code} ${message}`;
  };
  const with_ = (change: object) => (review: Parameters<TestWebhook["answer"]>[0]) =>
    converted(review, (o, v) => ({ ...convertHostPort(o, v), ...change }));
  const metadata = (change: object) => (review: Parameters<TestWebhook["answer"]>[0]) =>
    converted(review, (o, v) => ({ ...convertHostPort(o, v), metadata: { ...o.metadata, ...change } }));
  const WHO = "500 conversion webhook for example.com/v1, Kind=Endpoint";

  it.each<[string, TestWebhook["answer"], string]>([
    ["says no", (r) => converted(r, undefined, { result: { status: "Failure", message: "not today" } }), `${WHO} failed: not today`],
    ["says nothing", (r) => converted(r, undefined, { result: {} }), `${WHO} failed: response.result.status was '', not 'Success'`],
    ["gives no response", ({ apiVersion, kind }) => ({ apiVersion, kind }), `${WHO} failed: no response provided`],
    [
      "gives something else",
      () => ({ apiVersion: "v1", kind: "Pod" }),
      `${WHO} failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got v1, Kind=Pod`,
    ],
    ["gives too few", (r) => converted(r, undefined, { convertedObjects: [] }), `${WHO} returned 0 objects, expected 1`],
    [
      "gives another version",
      with_({ apiVersion: "example.com/v3" }),
      `${WHO} returned invalid object at index 0: invalid groupVersion (expected example.com/v1beta1, received example.com/v3)`,
    ],
    ["gives another kind", with_({ kind: "X" }), `${WHO} returned invalid object at index 0: invalid kind (expected Endpoint, received X)`],
    ["gives no metadata", with_({ metadata: undefined }), `${WHO} returned invalid object: must have the same name: a != `],
    ["gives another name", metadata({ name: "b" }), `${WHO} returned invalid object: must have the same name: a != b`],
    ["gives another namespace", metadata({ namespace: "b" }), `${WHO} returned invalid object: must have the same namespace: default != b`],
    [
      "gives odd labels",
      metadata({ labels: { a: 1 } }),
      `${WHO} returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object`,
    ],
    ["fails", () => 500, `${WHO} failed: an error on the server ("no") has prevented the request from succeeding`],
    ["is not there", () => 404, `${WHO} failed: the server could not find the requested resource`],
  ])("%s", async (_, answer, message) => {
    await define();
    expect(await failure(answer)).toBe(message);
    webhook.answer = (review) => converted(review);
    expect((await call("GET", `${at("v1beta1")}/a`)).status).toBe(200);
  });

  it("answers another question", async () => {
    await define();
    expect(await failure((r) => converted(r, undefined, { uid: "x" }))).toMatch(
      / failed: expected response\.uid="[0-9a-f-]{36}", got "x"$/,
    );
  });

  it("speaks v1beta1, whose uid nobody looks at", async () => {
    await define(undefined, { conversionReviewVersions: ["v2", "v1beta1", "v1"] });
    webhook.answer = (r) => converted(r, undefined, { uid: "x" });
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }));
    expect((await call("GET", `${at("v1beta1")}/a`)).status).toBe(200);
    expect(webhook.reviews[0]?.apiVersion).toBe("apiextensions.k8s.io/v1beta1");
  });

  it("changes labels and annotations, and nothing else of the metadata", async () => {
    await define();
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }, { labels: { a: "b" }, finalizers: ["example.com/f"] }));
    webhook.answer = metadata({ labels: { c: "d" }, annotations: { e: "f" }, finalizers: [], resourceVersion: "1", generation: 77 });
    const [is, was] = (await Promise.all(["v1beta1", "v1"].map((v) => call("GET", `${at(v)}/a`)))).map((answer) => answer.json<Loose>());
    expect(is?.metadata).toEqual({ ...was?.metadata, labels: { c: "d" }, annotations: { e: "f" } });
    const selected = await call("GET", `${at("v1beta1")}?labelSelector=c%3Dd`);
    expect(selected.json<{ items: unknown[] }>().items).toHaveLength(1);
  });

  it("cannot be reached, or is not trusted, or is too big, or is another's", async () => {
    await define();
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }));
    const change = async (clientConfig: object) => {
      const before = (await call("GET", `${CRDS}/${NAME}`)).json<{ metadata: object; spec: object; status: object }>();
      const webhookPart = { clientConfig, conversionReviewVersions: ["v1"] };
      const put = await call("PUT", `${CRDS}/${NAME}`, {
        ...before,
        spec: { ...before.spec, conversion: { strategy: "Webhook", webhook: webhookPart } },
      });
      expect(put.status, put.text).toBe(200);
      const asked = async () => (await call("GET", `${at("v1beta1")}/a`)).json().message ?? "";
      return asked;
    };
    const text = async (clientConfig: object, message: RegExp) => {
      const asked = await change(clientConfig);
      await expect.poll(asked, { timeout: 50_000 }).toMatch(message);
    };
    const { url, caBundle, port } = webhook;
    await text(
      { url },
      /failed: Post "https:\/\/127\.0\.0\.1:\d+\/convert\?timeout=30s": tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    );
    await text({ url, caBundle: "Cg==" }, /failed: Post ".+": unable to load root certificates|signed by unknown authority$/);
    await text(
      { url: "https://127.0.0.1:1/", caBundle },
      /failed: Post "https:\/\/127\.0\.0\.1:1\/\?timeout=30s": dial tcp 127\.0\.0\.1:1: connect: connection refused$/,
    );
    const service = { namespace: "default", name: "hook", path: "/x", port };
    await text(
      { service, caBundle },
      new RegExp(`failed: Post "https://hook\\.default\\.svc:${port}/x\\?timeout=30s": service "hook" not found`),
    );
    webhook.answer = () => `"${"x".repeat(17 << 20)}"`;
    await text({ url, caBundle }, /failed: Post ".+": the answer is larger than 16777216 bytes$/);
  });

  it("is reached through a service, under the service's name", async () => {
    await define();
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }));
    const made = await call("POST", "/api/v1/namespaces/default/services", {
      metadata: { name: "hook" },
      spec: { type: "ExternalName", externalName: "127.0.0.1", ports: [{ port: 443 }] },
    });
    expect(made.status, made.text).toBe(201);
    const clientConfig = { service: { namespace: "default", name: "hook", port: webhook.port }, caBundle: webhook.caBundle };
    const patch = { spec: { conversion: { webhook: { clientConfig: { ...clientConfig, url: null } } } } };
    expect((await call("PATCH", `${CRDS}/${NAME}`, patch, MERGE)).status).toBe(200);
    // The certificate of the webhook is not made out to that name, so it is reached and not believed.
    const asked = async () => (await call("GET", `${at("v1beta1")}/a`)).json().message ?? "";
    await expect
      .poll(asked, { timeout: 50_000 })
      .toMatch(
        /x509: certificate is not valid for it: .*hook\.default\.svc.* \(the API server reaches services from its own host, by their cluster IP: 127\.0\.0\.1:\d+\)$/,
      );
  });

  it("never answers: the call ends after 30 seconds, and nobody else waits", async () => {
    await define();
    await call("POST", at("v1"), object("v1", "a", { hostPort: "h:1" }));
    webhook.answer = () => undefined;
    const waiting = call("GET", `${at("v1beta1")}/a`);
    const watch = watchLines<{ type: string; object: { message: string } }>(transport(), `${at("v1beta1")}?watch=1`);
    const told = watch.next();
    await webhook.asked(1);
    expect((await call("GET", `${at("v1")}/a`)).status).toBe(200);
    expect((await call("POST", at("v1"), object("v1", "b", { hostPort: "h:1" }))).status).toBe(201);
    (plane.clock as FakeClock).advance(30_000);
    expect((await waiting).json().message).toMatch(/ failed: Post "https:.+": context deadline exceeded$/);
    expect((await told).value).toMatchObject({ type: "ERROR", object: { message: expect.stringContaining("context deadline exceeded") } });
    await watch.return(undefined);
  });
});
