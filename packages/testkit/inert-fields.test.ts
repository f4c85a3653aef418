import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { definitions, INERT_FIELDS, kinds, NOT_ACTED_ON } from "@wherry/api";
import { apiVersionOf, type Schema } from "@wherry/machinery";
import { expect, it } from "vitest";

const PACKAGES = join(import.meta.dirname, "..");
/** Who acts on objects. */
const ACTORS = ["agent", "apiserver", "controllers", "dns", "engine", "scheduler"];
/** Read by nobody, and rightly so. */
const BY_ITSELF: Readonly<Record<string, string>> = {
  "apiextensions.k8s.io/v1 CustomResourceDefinition": "the kinds that it makes are made of it, in api and machinery",
  "discovery.k8s.io/v1 EndpointSlice endpoints[].deprecatedTopology": "read by nobody in Kubernetes either",
  "events.k8s.io/v1 Event": "for people to read",
  "v1 Node spec.configSource": "gone in Kubernetes too: the API empties it",
  "v1 Node spec.externalID": "deprecated, and read by nobody in Kubernetes either",
  "v1 Node spec.providerID": "a name that others give and read",
  "v1 PersistentVolume spec.nodeAffinity": "matchesNodeSelectorTerm, beside the kind of nodes, reads it for the agent",
  "v1 Pod spec.affinity.nodeAffinity": "matchesNodeSelectorTerm, beside the kind, reads it for the scheduler",
  "v1 Pod spec.serviceAccount": "the deprecated name of serviceAccountName, which gets its value",
  "v1 Pod spec.volumes[].ephemeral.volumeClaimTemplate.metadata": "labels and annotations are all that a claim takes from there",
  "v1 Secret stringData": "the API writes it to data",
};

/** Not into node_modules, whose links lead round in circles. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sourcesIn(path);
    return path.endsWith(".ts") && !path.endsWith(".test.ts") ? [path] : [];
  });
}

function wordsOfActors(): ReadonlySet<string> {
  const files = ACTORS.flatMap((name) => sourcesIn(join(PACKAGES, name)));
  return new Set(files.flatMap((path) => readFileSync(path, "utf8").match(/[A-Za-z_$][\w$]*/g) ?? []));
}

/** Paths of all fields that a user sets; a schema within itself is not gone into. */
function fieldsOf(schemaName: string, at = "", above: readonly string[] = []): string[] {
  if (above.includes(schemaName)) return [];
  const properties = Object.entries(definitions[schemaName]?.properties ?? {});
  return properties
    .filter(([name]) => at || !["apiVersion", "kind", "metadata", "status"].includes(name))
    .flatMap(([name, schema]) => {
      const path = `${at}${name}${schema.items ? "[]" : ""}`;
      const inner = refOf(schema);
      return [path, ...(inner ? fieldsOf(inner, `${path}.`, [...above, schemaName]) : [])];
    });
}

const refOf = (schema: Schema): string | undefined => schema.ref ?? schema.items?.ref;

/** Template kinds hold a pod's spec: it is looked at with Pod. */
const TEMPLATE = /^(spec\.)?template\b/;

const actedOn = kinds.filter((kind) => !Object.hasOwn(NOT_ACTED_ON, `${apiVersionOf(kind)} ${kind.kind}`));
const words = wordsOfActors();

it.each(actedOn.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind.schema]))(
  "every field of %s has its effect or gives a warning",
  (name, schema) => {
    const inert = (INERT_FIELDS[name] ?? []).map(({ path }) => path.replaceAll(/\[[^\]]+\]/g, ""));
    const silent = fieldsOf(schema)
      .filter((path) => !TEMPLATE.test(path))
      .filter((path) => !words.has(path.replaceAll("[]", "").split(".").at(-1) ?? ""))
      .filter((path) => !inert.some((known) => path.replaceAll("[]", "").startsWith(known.replaceAll("[]", ""))))
      .filter((path) => !Object.keys(BY_ITSELF).some((known) => `${name} ${path}`.startsWith(known)));
    expect(silent).toEqual([]);
  },
);

it("lists no field twice, and none that is not there", () => {
  for (const [name, list] of Object.entries(INERT_FIELDS)) {
    const kind = kinds.find((k) => `${apiVersionOf(k)} ${k.kind}` === name);
    const known = new Set(fieldsOf(kind?.schema ?? "").map((path) => path.replaceAll("[]", "")));
    const paths = list.map(({ path }) => path);
    expect(paths.length).toBe(new Set(paths).size);
    expect(paths.map((path) => path.replaceAll(/\[[^\]]*\]/g, "")).filter((path) => !known.has(path))).toEqual([]);
  }
});
