import { apiVersionOf, type KindDefinition, type Registry } from "@wherry/machinery";
import type { Random } from "./random.ts";
import { SAMPLES } from "./samples.ts";
import { altered, anything, TEXTS, valueFor } from "./values.ts";

/** A body and what it claims to be. */
export interface Body {
  type: string;
  bytes: Buffer;
}

export const NAMES = ["a", "b", "c", "d", "web-0", "x.y"] as const;

/** A body for a write on an object of `kind`. */
export function bodyFor(random: Random, registry: Registry, kind: KindDefinition, method: string, name: string | undefined): Body {
  const body = method === "PATCH" ? patchBody(random, registry, kind) : objectBody(random, registry, kind, name);
  const type = random.chance(0.03)
    ? random.pick(["text/plain", "application/json;charset=x", "application/cbor", "", ";;;", "application/xml"])
    : body.type;
  return { type, bytes: random.chance(0.05) ? damaged(random, body.bytes) : body.bytes };
}

function objectBody(random: Random, registry: Registry, kind: KindDefinition, name: string | undefined): Body {
  if (random.chance(0.05))
    return { type: "application/vnd.kubernetes.protobuf", bytes: Buffer.concat([Buffer.from("k8s\0"), random.bytes(200)]) };
  const value = random.chance(0.03) ? anything(random, 5) : objectOf(random, registry, kind, name);
  const text = JSON.stringify(value);
  // JSON is YAML.
  return {
    type: random.chance(0.1) ? "application/yaml" : "application/json",
    bytes: Buffer.from(random.chance(0.02) ? twice(text) : text),
  };
}

function objectOf(random: Random, registry: Registry, kind: KindDefinition, name: string | undefined): object {
  const object = partsOf(random, registry, kind);
  const right = random.chance(0.95);
  const metadata = {
    name: right ? (name ?? random.pick(NAMES)) : random.pick(TEXTS),
    ...(random.chance(0.1) && { generateName: random.pick(TEXTS) }),
    ...(random.chance(0.05) && { resourceVersion: random.pick(["", "0", "1", "x"]) }),
    ...(random.chance(0.1) && { finalizers: random.times(2, () => random.pick(["example.com/a", "orphan", ...TEXTS.slice(0, 9)])) }),
    ...(random.chance(0.3) && { labels: { app: "web" } }),
    ...(random.chance(0.05) && { annotations: Object.fromEntries(random.times(2, () => [random.pick(TEXTS), random.pick(TEXTS)])) }),
    ...(random.chance(0.05) && { ownerReferences: anything(random, 3) }),
    ...(random.chance(0.05) && { managedFields: anything(random, 4) }),
  };
  const type = random.chance(0.95)
    ? { apiVersion: apiVersionOf(kind), kind: kind.kind }
    : { apiVersion: random.pick(TEXTS), kind: anything(random, 1) };
  return { ...type, ...object, metadata: random.chance(0.98) ? metadata : anything(random, 3) };
}

/** What stands beside the metadata: a good object, one that is nearly good, or what the schema allows. */
function partsOf(random: Random, registry: Registry, kind: KindDefinition): object {
  const sample = SAMPLES[kind.kind];
  const form = random.below(4);
  if (sample && form < 3) return form === 0 ? sample : (altered(random, sample, 0.03) as object);
  const value = valueFor(random, registry.definitions, { ref: kind.schema });
  return typeof value === "object" && value !== null ? value : {};
}

/** The same object with a key that stands twice. */
const twice = (text: string) => text.replace(/^\{/, '{"kind":"Twice",');

const PATCHES = ["json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"] as const;

function patchBody(random: Random, registry: Registry, kind: KindDefinition): Body {
  const form = random.pick(PATCHES);
  const value = form === "json-patch+json" ? operations(random) : directives(random, objectOf(random, registry, kind, random.pick(NAMES)));
  return { type: `application/${form}`, bytes: Buffer.from(JSON.stringify(value)) };
}

function operations(random: Random): unknown {
  if (random.chance(0.03)) return anything(random, 3);
  return random.times(4, () => ({
    op: random.pick(["add", "remove", "replace", "move", "copy", "test", "jump"]),
    path: pointer(random),
    ...(random.chance(0.4) && { from: pointer(random) }),
    ...(random.chance(0.8) && { value: anything(random, 3) }),
  }));
}

const STEPS = [
  "metadata",
  "labels",
  "annotations",
  "spec",
  "status",
  "data",
  "template",
  "containers",
  "0",
  "-",
  "99",
  "a",
  "a~1b",
  "~",
  "__proto__",
  "",
];

function pointer(random: Random): string {
  return random.chance(0.05) ? random.pick(TEXTS) : random.times(5, () => `/${random.pick(STEPS)}`).join("");
}

/** Puts words of strategic merge patches here and there. */
function directives(random: Random, value: object): object {
  const result: Record<string, unknown> = { ...value };
  if (random.chance(0.1)) result.$patch = random.pick(["replace", "delete", "merge", "other", 7]);
  if (random.chance(0.1)) result.$retainKeys = random.chance(0.5) ? ["metadata", "spec"] : anything(random, 2);
  for (const [key, child] of Object.entries(value)) {
    if (Array.isArray(child) && random.chance(0.3)) result[`$setElementOrder/${key}`] = anything(random, 2);
    if (Array.isArray(child) && random.chance(0.2)) result[`$deleteFromPrimitiveList/${key}`] = anything(random, 2);
    if (random.chance(0.1)) result[key] = null;
    else if (typeof child === "object" && child !== null && !Array.isArray(child)) result[key] = directives(random, child);
  }
  return result;
}

/** Bytes flipped, cut, doubled or made up. */
export function damaged(random: Random, bytes: Buffer): Buffer {
  const form = random.below(4);
  if (form === 0) return bytes.subarray(0, random.below(bytes.length + 1));
  if (form === 1) return random.bytes(300);
  if (form === 2) return Buffer.concat([bytes, bytes]);
  const copy = Buffer.from(bytes);
  for (let i = random.below(8); i >= 0 && copy.length > 0; i--) copy[random.below(copy.length)] = random.below(256);
  return copy;
}
