import type { Definitions, Schema } from "@wherry/machinery";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const OBJECT_META = `${META}.ObjectMeta`;

/** Types that are not an interface of their own. */
const ALIASES: Readonly<Record<string, string>> = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "number | string",
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "string",
  [`${META}.Time`]: "string",
  [`${META}.MicroTime`]: "string",
  [`${META}.FieldsV1`]: "object",
  [`${META}.Patch`]: "object",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "Record<string, unknown>",
  [`${EXTENSIONS}.JSON`]: "unknown",
  [`${EXTENSIONS}.JSONSchemaPropsOrArray`]: "JSONSchemaProps | JSONSchemaProps[]",
  [`${EXTENSIONS}.JSONSchemaPropsOrBool`]: "JSONSchemaProps | boolean",
  [`${EXTENSIONS}.JSONSchemaPropsOrStringArray`]: "JSONSchemaProps | string[]",
};
/** Machinery has these. */
const ELSEWHERE = ["ManagedFieldsEntry", "ObjectMeta", "OwnerReference"];

/** TypeScript interfaces for all definitions except lists. Objects have their type and metadata always, and `spec` when they have one. */
export function toTypes(definitions: Definitions): string {
  const names = typeNames(Object.keys(definitions));
  const own = Object.entries(definitions).filter(
    ([name, s]) => !(name in ALIASES) && !isList(s) && !ELSEWHERE.some((i) => name === `${META}.${i}`),
  );
  const head = `// Made by packages/api/generate. Do not edit.\nimport type { ObjectMeta } from "@wherry/machinery";`;
  const bodies = own.map(([name, s]) => `/** ${name} */\nexport interface ${names.get(name)} {\n${members(s, names)}}\n`);
  return `${head}\n\n${bodies.join("\n")}`;
}

const isList = (s: Schema) => s.properties?.metadata?.ref === `${META}.ListMeta`;
const isObject = (s: Schema) => s.properties?.metadata?.ref === OBJECT_META && "kind" in (s.properties ?? {});

function members(s: Schema, names: Map<string, string>): string {
  return Object.entries(s.properties ?? {})
    .map(
      ([key, p]) =>
        `  ${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)}${isRequired(s, key) ? "" : "?"}: ${member(s, p, names)};\n`,
    )
    .join("");
}

function isRequired(s: Schema, key: string): boolean {
  const always = isObject(s) ? ["apiVersion", "kind", "metadata", "spec"] : s.properties?.metadata?.ref === OBJECT_META ? ["spec"] : [];
  return always.includes(key) || (s.required?.includes(key) ?? false);
}

function member(owner: Schema, p: Schema, names: Map<string, string>): string {
  if (p.ref === OBJECT_META && !isObject(owner)) return "Partial<ObjectMeta>";
  return typeOf(p, names);
}

function typeOf(s: Schema, names: Map<string, string>): string {
  if (s.ref) return ALIASES[s.ref] ?? names.get(s.ref) ?? "unknown";
  if (s.type === "array") return arrayOf(typeOf(s.items ?? {}, names));
  if (s.type === "object")
    return s.additionalProperties ? `Record<string, ${typeOf(s.additionalProperties, names)}>` : "Record<string, unknown>";
  if (s.enum) return s.enum.map((e) => JSON.stringify(e)).join(" | ");
  return s.type === "integer" || s.type === "number" ? "number" : (s.type ?? "unknown");
}

const arrayOf = (item: string) => (item.includes("|") ? `(${item})[]` : `${item}[]`);

/**
 * A unique name per definition: the last part of its name. Where two clash, core and meta keep the plain name and the others get
 * their group in front; of several versions in one group the newest keeps it and the others get their version in front as well.
 */
function typeNames(definitions: string[]): Map<string, string> {
  const newest = Map.groupBy(definitions.map(parts), (d) => `${d.group}/${d.short}`);
  const result = new Map<string, string>();
  const byShort = Map.groupBy(definitions.map(parts), (d) => d.short);
  for (const [short, all] of byShort) {
    const groups = new Set(all.map((d) => d.group));
    for (const d of all) {
      const plain = groups.size === 1 || d.group === "core" || d.group === "meta";
      const versions = newest.get(`${d.group}/${short}`)!.map((v) => v.version);
      const version = versions.toSorted().at(-1) === d.version ? "" : capital(d.version);
      result.set(d.name, `${plain ? "" : capital(d.group)}${version}${short}`);
    }
  }
  return result;
}

function parts(name: string): { name: string; group: string; version: string; short: string } {
  const [short = "", version = "", group = ""] = name.split(".").reverse();
  return { name, group, version, short };
}

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);
