import { apiVersionOf, compareVersions, type KindDefinition, type Subresource, type Verb } from "@wherry/machinery";

const ALL_VERBS: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Kinds of one group and version, in order of their plurals. */
export interface GroupVersion {
  group: string;
  version: string;
  kinds: readonly KindDefinition[];
}

/** The served groups and versions; the core group first, the preferred version of a group before its others. */
export function groupVersions(kinds: readonly KindDefinition[]): GroupVersion[] {
  const found = new Map<string, { group: string; version: string; kinds: KindDefinition[] }>();
  for (const kind of kinds) {
    const { group, version } = kind;
    const entry = found.get(apiVersionOf(kind)) ?? { group, version, kinds: [] };
    found.set(apiVersionOf(kind), entry);
    entry.kinds.push(kind);
  }
  for (const entry of found.values()) entry.kinds.sort((a, b) => (a.plural < b.plural ? -1 : 1));
  return [...found.values()].sort((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : compareVersions(a.version, b.version)));
}

export function verbsOf(kind: KindDefinition): readonly Verb[] {
  return kind.verbs ? [...kind.verbs].sort() : ALL_VERBS;
}

/** The verbs of a subresource, and the kind it speaks of. */
export function subresourceFacts(
  kind: KindDefinition,
  of: Subresource,
): { verbs: readonly Verb[]; group: string; version: string; kind: string } {
  if (of.type === "scale") return { verbs: ["get", "patch", "update"], group: "autoscaling", version: "v1", kind: "Scale" };
  if (of.type === "status") return { verbs: ["get", "patch", "update"], group: kind.group, version: kind.version, kind: kind.kind };
  return { verbs: of.verbs, group: of.group ?? kind.group, version: of.version ?? kind.version, kind: of.kind };
}
