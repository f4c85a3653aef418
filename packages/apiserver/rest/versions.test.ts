import { Event, EventsV1Event, HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller, watchLines } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const transport = () => plane.server.transport({ name: "tester", groups: [] });

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(transport());
});
afterEach(() => plane.close());

const V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const at = (name: string) => ({ name, namespace: "default" });
const hpa = (name: string, spec: object = {}) => ({
  metadata: at(name),
  spec: { maxReplicas: 5, scaleTargetRef, targetCPUUtilizationPercentage: 60, ...spec },
});
const memory = { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } };
const cpu = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } };
const MERGE = { "content-type": "application/merge-patch+json" };
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };
const JSON_PATCH = { "content-type": "application/json-patch+json" };

describe("an object with two versions", () => {
  it("is created in one and read in both, at one revision", async () => {
    const created = await plane.client.create(HorizontalPodAutoscalerV1, hpa("a"));
    expect(created).toMatchObject({ apiVersion: "autoscaling/v1", spec: { minReplicas: 1, targetCPUUtilizationPercentage: 60 } });
    const newer = await plane.client.get(HorizontalPodAutoscaler, at("a"));
    expect(newer).toMatchObject({
      apiVersion: "autoscaling/v2",
      metadata: created.metadata,
      spec: { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } }] },
    });
    expect(await plane.client.get(HorizontalPodAutoscalerV1, at("a"))).toEqual(created);
    expect((await api("POST", V2, { ...newer, metadata: { name: "a" } })).json()).toMatchObject({ code: 409, reason: "AlreadyExists" });
  });

  it("keeps what one version has no fields for", async () => {
    const full = { maxReplicas: 5, scaleTargetRef, metrics: [memory, cpu], behavior: { scaleDown: { selectPolicy: "Disabled" } } };
    await plane.client.create(HorizontalPodAutoscaler, { metadata: at("a"), spec: full });
    const older = await plane.client.get(HorizontalPodAutoscalerV1, at("a"));
    expect(older.spec).toEqual({ maxReplicas: 5, minReplicas: 1, scaleTargetRef, targetCPUUtilizationPercentage: 70 });
    const flat = { type: "Resource", resource: { name: "memory", targetAverageValue: "1Gi" } };
    expect(JSON.parse(older.metadata.annotations?.["autoscaling.alpha.kubernetes.io/metrics"] ?? "")).toEqual([flat]);
    expect(await plane.client.update(HorizontalPodAutoscalerV1, older)).toEqual(older);
    await plane.client.update(HorizontalPodAutoscalerV1, { ...older, spec: { ...older.spec, maxReplicas: 9 } });
    const newer = await plane.client.get(HorizontalPodAutoscaler, at("a"));
    expect(newer.spec).toMatchObject({ ...full, maxReplicas: 9 });
    expect(newer.metadata.annotations).toBeUndefined();
  });

  it.each([
    ["merge", MERGE, { spec: { targetCPUUtilizationPercentage: 33 } }],
    ["strategic merge", STRATEGIC, { spec: { targetCPUUtilizationPercentage: 33 } }],
    ["JSON", JSON_PATCH, [{ op: "replace", path: "/spec/targetCPUUtilizationPercentage", value: 33 }]],
  ])("takes a %s patch in the version of its path", async (_, headers, body) => {
    await plane.client.create(HorizontalPodAutoscalerV1, hpa("a"));
    expect((await api("PATCH", `${V1}/a`, body, headers)).json()).toMatchObject({
      apiVersion: "autoscaling/v1",
      spec: { targetCPUUtilizationPercentage: 33 },
    });
    const { spec } = await plane.client.get(HorizontalPodAutoscaler, at("a"));
    expect(spec.metrics?.[0]?.resource?.target.averageUtilization).toBe(33);
  });

  it("is applied in each of them, and remembers in which", async () => {
    const apply = (path: string, apiVersion: string, manager: string, spec: object) =>
      api(
        "PATCH",
        `${path}/a?fieldManager=${manager}`,
        { apiVersion, kind: "HorizontalPodAutoscaler", metadata: { name: "a" }, spec },
        { "content-type": "application/apply-patch+yaml" },
      );
    const first = await apply(V1, "autoscaling/v1", "old", { maxReplicas: 5, scaleTargetRef, targetCPUUtilizationPercentage: 60 });
    expect(first.json()).toMatchObject({ apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 60 } });
    const again = await apply(V1, "autoscaling/v1", "old", { maxReplicas: 5, scaleTargetRef, targetCPUUtilizationPercentage: 60 });
    expect(again.json()).toEqual(first.json());
    const second = await apply(V2, "autoscaling/v2", "new", { minReplicas: 2, maxReplicas: 5, scaleTargetRef });
    expect(second.json()).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: { minReplicas: 2, metrics: [{ resource: { name: "cpu" } }] },
    });
    const { metadata } = await plane.client.get(HorizontalPodAutoscaler, at("a"));
    expect(metadata.managedFields?.map((m) => [m.manager, m.apiVersion])).toEqual([
      ["new", "autoscaling/v2"],
      ["old", "autoscaling/v1"],
    ]);
    const conflict = await apply(V2, "autoscaling/v2", "new", { minReplicas: 2, maxReplicas: 6, scaleTargetRef });
    expect(conflict.json()).toMatchObject({
      code: 409,
      message: expect.stringContaining('conflict with "old": .spec.maxReplicas'),
    });
    const given = await apply(V1, "autoscaling/v1", "old", { maxReplicas: 5, scaleTargetRef });
    expect(given.json()).not.toHaveProperty("spec.targetCPUUtilizationPercentage", 60);
  });

  it("has its status and is deleted in each of them", async () => {
    await plane.client.create(HorizontalPodAutoscalerV1, hpa("a"));
    const status = { desiredReplicas: 3, currentReplicas: 2, currentCPUUtilizationPercentage: 44 };
    const answer = await api("PATCH", `${V1}/a/status`, { status }, MERGE);
    expect(answer.json()).toMatchObject({ apiVersion: "autoscaling/v1", status });
    const newer = await plane.client.get(HorizontalPodAutoscaler, at("a"));
    expect(newer.status?.currentMetrics?.[0]?.resource?.current.averageUtilization).toBe(44);
    await api("DELETE", `${V1}?labelSelector=none`);
    expect((await api("DELETE", V1)).json()).toMatchObject({
      kind: "HorizontalPodAutoscalerList",
      apiVersion: "autoscaling/v1",
      items: [{ apiVersion: "autoscaling/v1" }],
    });
    expect((await api("GET", `${V2}/a`)).status).toBe(404);
  });

  it("is listed, watched and printed in the version asked for", async () => {
    const events = watchLines<{ type: string; object: { apiVersion: string; spec?: object; metadata: object } }>(
      transport(),
      `${V1}?watch=1`,
    );
    const newer = watchLines<{ type: string; object: { apiVersion: string } }>(transport(), `${V2}?watch=1`);
    await plane.client.create(HorizontalPodAutoscaler, { metadata: at("a"), spec: { maxReplicas: 5, scaleTargetRef, metrics: [cpu] } });
    expect((await events.next()).value).toMatchObject({
      type: "ADDED",
      object: { apiVersion: "autoscaling/v1", spec: { targetCPUUtilizationPercentage: 70 } },
    });
    expect((await newer.next()).value).toMatchObject({ type: "ADDED", object: { apiVersion: "autoscaling/v2", spec: { metrics: [cpu] } } });
    await events.return(undefined);
    await newer.return(undefined);
    const list = (await api("GET", V1)).json<{ items: { apiVersion: string }[] }>();
    expect(list).toMatchObject({ kind: "HorizontalPodAutoscalerList", apiVersion: "autoscaling/v1" });
    expect(list.items.map((o) => o.apiVersion)).toEqual(["autoscaling/v1"]);
    const table = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
    const rows = async (path: string) =>
      (await api("GET", `${path}?includeObject=Object`, undefined, table)).json<{ rows: { cells: unknown[]; object: object }[] }>().rows;
    const [[first], [second]] = await Promise.all([rows(V1), rows(V2)]);
    expect(first?.cells).toEqual(["a", "Deployment/web", "cpu: <unknown>/70%", "1", 5, 0, "0s"]);
    expect(second?.cells).toEqual(first?.cells);
    expect([first?.object, second?.object]).toMatchObject([{ apiVersion: "autoscaling/v1" }, { apiVersion: "autoscaling/v2" }]);
  });

  it("is refused in the words of the stored version, in which it is checked", async () => {
    const answer = await api("POST", V1, {
      metadata: { name: "a" },
      spec: { maxReplicas: 1, minReplicas: 2, scaleTargetRef: { kind: "X", name: "a/b" } },
    });
    expect(answer.json().message).toBe(
      'HorizontalPodAutoscaler.autoscaling "a" is invalid: [spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`, spec.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\']',
    );
    expect((await api("POST", V1, { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" })).json().message).toBe(
      "the API version in the data (autoscaling/v2) does not match the expected API version (autoscaling/v1)",
    );
  });

  it("is offered with the preferred version first", async () => {
    const { versions, preferredVersion } = (await api("GET", "/apis/autoscaling")).json<{
      versions: { version: string }[];
      preferredVersion: object;
    }>();
    expect(versions.map((v) => v.version)).toEqual(["v2", "v1"]);
    expect(preferredVersion).toMatchObject({ version: "v2" });
  });
});

describe("an event of both groups", () => {
  const EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
  const body = {
    eventTime: "2026-01-01T00:00:00.000000Z",
    regarding: { kind: "Pod", namespace: "default", name: "p" },
    reason: "Tested",
    note: "all is well",
    type: "Normal",
    action: "Test",
    reportingController: "example.com/tester",
    reportingInstance: "tester-1",
  };

  it("is one object under two names", async () => {
    const created = (await api("POST", EVENTS, { metadata: { name: "e" }, ...body })).json<EventsV1Event>();
    expect(created).toMatchObject({ apiVersion: "events.k8s.io/v1", ...body });
    expect(await plane.client.get(Event, at("e"))).toMatchObject({
      apiVersion: "v1",
      involvedObject: body.regarding,
      message: body.note,
      reportingComponent: body.reportingController,
      eventTime: body.eventTime,
    });
    const old = { metadata: at("old"), involvedObject: body.regarding, message: "m", count: 3, source: { component: "c" } };
    await plane.client.create(Event, old);
    expect(await plane.client.get(EventsV1Event, at("old"))).toMatchObject({
      eventTime: null,
      regarding: body.regarding,
      note: "m",
      deprecatedCount: 3,
      deprecatedSource: { component: "c" },
    });
  });

  it("is selected by the fields of either", async () => {
    await api("POST", EVENTS, { metadata: { name: "e" }, ...body });
    const names = async (path: string, selector: string) => {
      const answer = (await api("GET", `${path}?fieldSelector=${selector}`)).json<{
        items?: { metadata: { name: string } }[];
        message?: string;
      }>();
      return answer.items?.map((o) => o.metadata.name) ?? answer.message;
    };
    const core = "/api/v1/namespaces/default/events";
    expect(await names(EVENTS, "regarding.name=p,reportingController=example.com/tester")).toEqual(["e"]);
    expect(await names(EVENTS, "regarding.name=q")).toEqual([]);
    expect(await names(core, "involvedObject.name=p,reason=Tested")).toEqual(["e"]);
    expect(await names(core, "regarding.name=p")).toBe("field label not supported: regarding.name");
    expect(await names(EVENTS, "involvedObject.name=p")).toBe("field label not supported: involvedObject.name");
  });

  it("stays what it was, but for its series", async () => {
    const bad = await api("POST", EVENTS, { metadata: { name: "e" }, ...body, type: "Odd", deprecatedCount: 1, reportingController: "" });
    expect(bad.json().message).toBe(
      "Event \"e\" is invalid: [reportingController: Required value, reportingController: Invalid value: \"\": name part must be non-empty, reportingController: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), type: Invalid value: \"\": has invalid value: Odd, count: Invalid value: \"\": needs to be unset]",
    );
    await api("POST", EVENTS, { metadata: { name: "e" }, ...body });
    const series = { count: 2, lastObservedTime: "2026-01-01T00:00:01.000000Z" };
    expect((await api("PATCH", `${EVENTS}/e`, { series }, MERGE)).json()).toMatchObject({ series });
    expect((await api("PATCH", `${EVENTS}/e`, { note: "no" }, MERGE)).json().message).toBe(
      'Event "e" is invalid: message: Invalid value: "no": field is immutable',
    );
    expect((await api("PATCH", "/api/v1/namespaces/default/events/e", { message: "yes" }, MERGE)).status).toBe(200);
  });
});
