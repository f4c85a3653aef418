import type { KindDefinition } from "@wherry/machinery";
import { parseAccept } from "../negotiate.ts";
import { type GroupVersion, groupVersions, subresourceFacts, verbsOf } from "./resources.ts";

const VERSIONS = ["v2", "v2beta1"] as const;
export type AggregatedVersion = (typeof VERSIONS)[number];

/**
 * The version of aggregated discovery that an Accept header asks for before plain discovery; undefined when it does not.
 * Source: apiserver `endpoints/discovery/aggregated`.
 */
export function wantsAggregated(accept: string): AggregatedVersion | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== "application/json") continue;
    if (!parameters.as) return undefined;
    const { as, g, v } = parameters;
    if (as === "APIGroupDiscoveryList" && g === "apidiscovery.k8s.io") {
      const version = VERSIONS.find((known) => known === v);
      if (version) return version;
    }
  }
  return undefined;
}

export function aggregatedContentType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** Everything that is served below `/api` (`core`) or `/apis`, in one document. */
export function aggregatedDiscovery(kinds: readonly KindDefinition[], version: AggregatedVersion, core: boolean): object {
  const wanted = groupVersions(kinds).filter((gv) => (gv.group === "") === core);
  const groups = Map.groupBy(wanted, (gv) => gv.group);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups].map(([name, versions]) => ({
      metadata: { ...(name && { name }), creationTimestamp: null },
      versions: versions.map(versionDiscovery),
    })),
  };
}

function versionDiscovery(gv: GroupVersion): object {
  return { version: gv.version, resources: gv.kinds.map(resourceDiscovery), freshness: "Current" };
}

function resourceDiscovery(kind: KindDefinition): object {
  const { group, version, plural, singular, scope, shortNames, categories } = kind;
  const subresources = Object.entries(kind.subresources ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subresource, of]) => {
      const { verbs, ...responseKind } = subresourceFacts(kind, of);
      return { subresource, responseKind, verbs };
    });
  return {
    resource: plural,
    responseKind: { group, version, kind: kind.kind },
    scope: scope === "Namespaced" ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: verbsOf(kind),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
