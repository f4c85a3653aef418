import { apiVersionOf, type KindDefinition } from "@wherry/machinery";
import { type GroupVersion, groupVersions, subresourceFacts, verbsOf } from "./resources.ts";

/** Answers discovery documents of the plain kind by their paths; undefined for any other path. Source: apimachinery `metav1.APIResourceList`. */
export function legacyDiscovery(kinds: readonly KindDefinition[], address: string): Map<string, object> {
  const all = groupVersions(kinds);
  const documents = new Map<string, object>();
  const core = all.filter((gv) => gv.group === "");
  documents.set("/api", apiVersions(core, address));
  const groups = Map.groupBy(
    all.filter((gv) => gv.group !== ""),
    (gv) => gv.group,
  );
  documents.set("/apis", {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [...groups].map(([name, versions]) => apiGroup(name, versions)),
  });
  for (const [name, versions] of groups)
    documents.set(`/apis/${name}`, { kind: "APIGroup", apiVersion: "v1", ...apiGroup(name, versions) });
  for (const gv of all) documents.set(gv.group ? `/apis/${apiVersionOf(gv)}` : `/api/${gv.version}`, resourceList(gv));
  return documents;
}

function apiVersions(core: readonly GroupVersion[], address: string): object {
  const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress: address }];
  return { kind: "APIVersions", versions: core.map((gv) => gv.version), serverAddressByClientCIDRs };
}

function apiGroup(name: string, versions: readonly GroupVersion[]): object {
  const listed = versions.map((gv) => ({ groupVersion: apiVersionOf(gv), version: gv.version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

function resourceList(gv: GroupVersion): object {
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersionOf(gv), resources: gv.kinds.flatMap(resourcesOf) };
}

function resourcesOf(kind: KindDefinition): object[] {
  const { plural, singular, scope, shortNames, categories } = kind;
  const namespaced = scope === "Namespaced";
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
  };
  const parts = Object.entries(kind.subresources ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    main,
    ...parts.map(([name, of]) => {
      const facts = subresourceFacts(kind, of);
      const elsewhere = facts.group !== kind.group || facts.version !== kind.version;
      return {
        name: `${plural}/${name}`,
        singularName: "",
        namespaced,
        ...(elsewhere && { group: facts.group, version: facts.version }),
        kind: facts.kind,
        verbs: facts.verbs,
      };
    }),
  ];
}
