import { fromStored, type KindDefinition, semanticEqual, toStored } from "@wherry/machinery";
import fc from "fast-check";
import { expect, it } from "vitest";
import { HorizontalPodAutoscaler } from "./autoscaling/horizontalpodautoscaler.ts";
import { HorizontalPodAutoscalerV1 } from "./autoscaling/horizontalpodautoscaler-v1.ts";
import { Event } from "./core/event.ts";
import { EventsV1Event } from "./events/event.ts";

type Json = Record<string, unknown>;

const word = fc.constantFrom("a", "cpu", "memory", "web");
const amount = fc.constantFrom("1", "500m", "2Gi");
const percent = fc.integer({ min: 1, max: 200 });
const reference = fc.record({ apiVersion: fc.constant("apps/v1"), kind: word, name: word }, { requiredKeys: ["kind", "name"] });
const metric = fc.record({ name: word, selector: fc.constant({ matchLabels: { a: "b" } }) }, { requiredKeys: ["name"] });

/** The amounts of a metric, with the type that goes with them where `part` is what is aimed at. */
function values(part: "target" | "current", ...kinds: ("Utilization" | "AverageValue" | "Value")[]): fc.Arbitrary<Json> {
  const field = { Utilization: "averageUtilization", AverageValue: "averageValue", Value: "value" } as const;
  return fc.constantFrom(...kinds).chain((type) => {
    const value: fc.Arbitrary<unknown> = type === "Utilization" ? percent : amount;
    return value.map((v) => ({ ...(part === "target" && { type }), [field[type]]: v }));
  });
}

function metrics(part: "target" | "current"): fc.Arbitrary<Json[]> {
  const resource = values(part, "Utilization", "AverageValue");
  const custom = values(part, "Value", "AverageValue");
  const one = fc.oneof(
    fc.record({ type: fc.constant("Resource"), resource: fc.record({ name: word, [part]: resource }) }),
    fc.record({ type: fc.constant("ContainerResource"), containerResource: fc.record({ name: word, container: word, [part]: resource }) }),
    fc.record({ type: fc.constant("Pods"), pods: fc.record({ metric, [part]: values(part, "AverageValue") }) }),
    fc.record({ type: fc.constant("Object"), object: fc.record({ metric, describedObject: reference, [part]: custom }) }),
    fc.record({ type: fc.constant("External"), external: fc.record({ metric, [part]: custom }) }),
  );
  return fc.array(one, { minLength: 1, maxLength: 4 });
}

const metadata = fc.record(
  { name: fc.constant("x"), annotations: fc.constantFrom({ own: "1" }, { other: "2" }) },
  { requiredKeys: ["name"] },
);
/** Present with something in it, or absent: an empty list is the same as none. */
const conditions = fc.constant([{ type: "AbleToScale", status: "True", reason: "r", message: "m" }]);
const behavior = fc.constantFrom({ scaleUp: { selectPolicy: "Max" } }, { scaleDown: { stabilizationWindowSeconds: 5 } });
const required = { requiredKeys: ["maxReplicas", "scaleTargetRef"] as ("maxReplicas" | "scaleTargetRef")[] };

const autoscaler: fc.Arbitrary<Json> = fc.record({
  metadata,
  spec: fc.record(
    { maxReplicas: percent, minReplicas: percent, scaleTargetRef: reference, metrics: metrics("target"), behavior },
    required,
  ),
  status: fc.record(
    { currentReplicas: percent, desiredReplicas: percent, currentMetrics: metrics("current"), conditions },
    { requiredKeys: ["currentReplicas", "desiredReplicas", "currentMetrics"] },
  ),
});

const oldAutoscaler: fc.Arbitrary<Json> = fc.record({
  metadata,
  spec: fc.record(
    { maxReplicas: percent, minReplicas: percent, scaleTargetRef: reference, targetCPUUtilizationPercentage: percent },
    required,
  ),
  status: fc.record({ currentReplicas: percent, desiredReplicas: percent }),
});

const about = fc.record({ kind: word, name: word });
const event = (name: Readonly<Record<string, string>>): fc.Arbitrary<Json> =>
  fc.record({
    metadata,
    eventTime: fc.constant("2026-01-01T00:00:00.000000Z"),
    reason: word,
    [name.about as string]: about,
    [name.text as string]: word,
    [name.count as string]: percent,
    [name.controller as string]: word,
  });

/** The order of metrics is not kept: the one that the old version knows comes last. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unordered(child)]));
}

const core = { about: "involvedObject", text: "message", count: "count", controller: "reportingComponent" };
const newer = { about: "regarding", text: "note", count: "deprecatedCount", controller: "reportingController" };

it.each<[string, KindDefinition, KindDefinition, fc.Arbitrary<Json>]>([
  ["autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscalerV1, HorizontalPodAutoscaler, autoscaler],
  ["v1 Event", EventsV1Event, Event, event(core)],
])("%s loses nothing on the way to its other version and back", (_, kind, stored, objects) => {
  fc.assert(
    fc.property(objects, (parts) => {
      const object = { ...parts, apiVersion: `${stored.group && `${stored.group}/`}${stored.version}`, kind: stored.kind } as never;
      const before = JSON.stringify(object);
      const back = toStored(kind, structuredClone(fromStored(kind, object)));
      expect(JSON.stringify(object)).toBe(before);
      if (!semanticEqual(unordered(back), unordered(object))) expect(back).toEqual(object);
    }),
  );
});

it.each<[string, KindDefinition, fc.Arbitrary<Json>]>([
  ["autoscaling/v1 HorizontalPodAutoscaler", HorizontalPodAutoscalerV1, oldAutoscaler],
  ["events.k8s.io/v1 Event", EventsV1Event, event(newer)],
])("%s comes back from the store as it went", (_, kind, objects) => {
  fc.assert(
    fc.property(objects, (parts) => {
      const object = { ...parts, apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind } as never;
      const back = fromStored(kind, toStored(kind, structuredClone(object)));
      if (!semanticEqual(back, object)) expect(back).toEqual(object);
    }),
  );
});
