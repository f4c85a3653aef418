import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { definitions, INERT_FIELDS, kinds, NOT_ACTED_ON } from "@wherry/api";
import { apiVersionOf, type Schema } from "@wherry/machinery";
import { beforeAll, expect, it } from "vitest";
import { interfacesBySchema, readMembers, type TypeMember } from "./read-fields.ts";

const PACKAGES = join(import.meta.dirname, "..");
/** Who acts on objects. */
const ACTORS = ["agent", "apiserver", "controllers", "dns", "engine", "scheduler"];
/** Read by nobody, and rightly so. */
const BY_ITSELF: Readonly<Record<string, string>> = {
  "apiextensions.k8s.io/v1 CustomResourceDefinition": "the kinds that it makes are made of it, in api and machinery",
  "apiregistration.k8s.io/v1 APIService spec": "what its server would be asked for is inert; the rest is its name once more",
  "apps/v1 DaemonSet spec.selector": "machinery reads selectors",
  "apps/v1 Deployment spec.selector": "machinery reads selectors",
  "apps/v1 ReplicaSet spec.selector": "machinery reads selectors",
  "apps/v1 StatefulSet spec.selector": "machinery reads selectors",
  "apps/v1 StatefulSet spec.volumeClaimTemplates": "copied into claims: their kind says what has an effect",
  "authorization.k8s.io/v1 LocalSubjectAccessReview spec": "answered as a SubjectAccessReview",
  "batch/v1 CronJob spec.jobTemplate": "the jobs that are made of it are looked at",
  "batch/v1 Job spec.manualSelector": "the API generates a selector without it",
  "batch/v1 Job spec.selector": "machinery reads selectors",
  "discovery.k8s.io/v1 EndpointSlice endpoints[].deprecatedTopology": "read by nobody in Kubernetes either",
  "discovery.k8s.io/v1 EndpointSlice endpoints[].zone": "of use with hints only, which are inert",
  "events.k8s.io/v1 Event": "for people to read",
  "policy/v1 PodDisruptionBudget spec.selector": "machinery reads selectors",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding roleRef.apiGroup": "there is one only",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding subjects[].apiGroup": "follows from the kind",
  "rbac.authorization.k8s.io/v1 RoleBinding roleRef.apiGroup": "there is one only",
  "rbac.authorization.k8s.io/v1 RoleBinding subjects[].apiGroup": "follows from the kind",
  "scheduling.k8s.io/v1 PriorityClass description": "for people to read",
  "v1 Binding target": "read before it has a type: its kind decides what it is",
  "v1 ComponentStatus": "made when it is read",
  "v1 ConfigMap immutable": "the API refuses changes",
  "v1 Event": "for people to read",
  "v1 Node spec.configSource": "gone in Kubernetes too: the API empties it",
  "v1 Node spec.externalID": "deprecated, and read by nobody in Kubernetes either",
  "v1 Node spec.providerID": "a name that others give and read",
  "v1 PersistentVolume spec.nodeAffinity": "matchesNodeSelectorTerm, beside the kind of nodes, reads it for the agent",
  "v1 PersistentVolume spec.storageClassName": "storageClassOf, beside the kind, reads it for the controller",
  "v1 PersistentVolumeClaim spec.dataSource": "that there is one is what counts: no volume is made from it, and the claim's event says so",
  "v1 PersistentVolumeClaim spec.dataSourceRef": "as dataSource, which mirrors it",
  "v1 PersistentVolumeClaim spec.resources.limits": "nothing of Kubernetes itself reads them either",
  "v1 PersistentVolumeClaim spec.selector": "machinery reads selectors",
  "v1 PersistentVolumeClaim spec.storageClassName": "storageClassOf, beside the kind, reads it for the controller",
  "v1 Pod spec.affinity.nodeAffinity": "matchesNodeSelectorTerm, beside the kind, reads it for the scheduler",
  "v1 Pod spec.containers[].env[].valueFrom.fieldRef.apiVersion": "v1 is the only one there is",
  "v1 Pod spec.initContainers[].env[].valueFrom.fieldRef.apiVersion": "v1 is the only one there is",
  "v1 Pod spec.os": "the API checks it, and warns of all but Linux",
  "v1 Pod spec.schedulingGates[].name": "how many there are is what counts",
  "v1 Pod spec.serviceAccount": "the deprecated name of serviceAccountName, which gets its value",
  "v1 Pod spec.volumes[].ephemeral.volumeClaimTemplate.metadata": "labels and annotations are all that a claim takes from there",
  "v1 Pod spec.volumes[].downwardAPI.items[].fieldRef.apiVersion": "v1 is the only one there is",
  "v1 Pod spec.volumes[].projected.sources[].downwardAPI.items[].fieldRef.apiVersion": "v1 is the only one there is",
  "v1 Pod spec.volumes[].ephemeral.volumeClaimTemplate.spec": "becomes that of a claim: it is looked at with PersistentVolumeClaim",
  "v1 Pod spec.volumes[].persistentVolumeClaim.claimName": "claimNameOf, beside the kind, reads it for the agent",
  "v1 PodTemplate": "for others to read, in Kubernetes too",
  "v1 Secret immutable": "the API refuses changes",
  "v1 Secret stringData": "the API writes it to data",
  "v1 ServiceAccount secrets": "read in Kubernetes only with an annotation that nobody needs any more",
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

/** A field that a user sets: where it is in the object, and which member of which type. */
interface Field extends TypeMember {
  path: string;
}

const interfaces = interfacesBySchema();

/** All fields that a user sets; a schema within itself is not gone into. */
function fieldsOf(schemaName: string, at = "", above: readonly string[] = []): Field[] {
  const type = interfaces.get(schemaName);
  if (above.includes(schemaName) || !type) return [];
  const properties = Object.entries(definitions[schemaName]?.properties ?? {});
  return properties
    .filter(([name]) => at || !["apiVersion", "kind", "metadata", "status"].includes(name))
    .flatMap(([name, schema]) => {
      const path = `${at}${name}${schema.items ? "[]" : ""}`;
      const inner = refOf(schema);
      return [{ path, type, member: name }, ...(inner ? fieldsOf(inner, `${path}.`, [...above, schemaName]) : [])];
    });
}

const refOf = (schema: Schema): string | undefined => schema.ref ?? schema.items?.ref;

/** Template kinds hold a pod's spec: it is looked at with Pod. */
const TEMPLATE = /^(spec\.)?template\b/;

/** What is inside of a selector: machinery reads it, for whoever reads the selector. */
const IN_SELECTOR = /\b(labelSelector|namespaceSelector)\./;

/** The fields that must have their effect: no warning is given of them. */
function effectiveFields(name: string, schema: string): Field[] {
  const inert = (INERT_FIELDS[name] ?? []).map(({ path }) => path.replaceAll(/\[[^\]]*\]/g, ""));
  return fieldsOf(schema)
    .filter(({ path }) => !TEMPLATE.test(path) && !IN_SELECTOR.test(path))
    .filter(({ path }) => !inert.some((known) => isWithin(path.replaceAll("[]", ""), known)))
    .filter(({ path }) => !Object.keys(BY_ITSELF).some((known) => isWithin(`${name} ${path}`, known)));
}

const isWithin = (path: string, known: string) => path.startsWith(known) && !/^\w/.test(path.slice(known.length));

const actedOn = kinds
  .filter((kind) => !Object.hasOwn(NOT_ACTED_ON, `${apiVersionOf(kind)} ${kind.kind}`))
  .map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind.schema] as const);

let read: ReadonlySet<string>;
beforeAll(async () => {
  const words = wordsOfActors();
  const all = actedOn.flatMap(([name, schema]) => effectiveFields(name, schema)).filter(({ member }) => words.has(member));
  const distinct = new Map(all.map(({ type, member }) => [`${type}.${member}`, { type, member }]));
  read = await readMembers(ACTORS, [...distinct.values()]);
}, 300_000);

it.each(actedOn)("every field of %s has its effect or gives a warning", (name, schema) => {
  const silent = effectiveFields(name, schema).filter(({ type, member }) => !read.has(`${type}.${member}`));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

it("tells fields of one name apart, and what is read from what is written", async () => {
  const members = [
    ["PodSpec", "containers"],
    ["PodSpec", "imagePullSecrets"],
    ["ServiceAccount", "imagePullSecrets"],
    ["ServiceSpec", "sessionAffinity"],
    ["EnvVar", "valueFrom"],
    ["APIServiceSpec", "group"],
  ].map(([type = "", member = ""]) => ({ type, member }));
  const found = await readMembers(["agent", "controllers"], members);
  expect([...found].sort()).toEqual(["EnvVar.valueFrom", "PodSpec.containers", "PodSpec.imagePullSecrets", "ServiceSpec.sessionAffinity"]);
}, 120_000);

it("lists no field twice, and none that is not there", () => {
  for (const [name, list] of Object.entries(INERT_FIELDS)) {
    const kind = kinds.find((k) => `${apiVersionOf(k)} ${k.kind}` === name);
    const known = new Set(fieldsOf(kind?.schema ?? "").map(({ path }) => path.replaceAll("[]", "")));
    const paths = list.map(({ path }) => path);
    expect(paths.length).toBe(new Set(paths).size);
    expect(paths.map((path) => path.replaceAll(/\[[^\]]*\]/g, "")).filter((path) => !known.has(path))).toEqual([]);
  }
});
