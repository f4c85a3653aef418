/** A resource as discovery lists it. Source: apimachinery `metav1.APIResource`. */
export interface Resource {
  group: string;
  version: string;
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  /** Whether this version is the one that the server prefers for the resource. */
  preferred: boolean;
}

/** One call of the server, decoded. */
export type Fetch = (path: string, accept: string) => Promise<unknown>;

const JSON_TYPE = "application/json";
/** Everything in two answers, from servers that can. Source: KEP-3352. */
const AGGREGATED = `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,${JSON_TYPE};g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,${JSON_TYPE}`;

/** Every resource in every version; core first, and of each group the preferred version first. A group that cannot be asked is left out. */
export async function fetchResources(fetch: Fetch): Promise<Resource[]> {
  const answers = await Promise.all(["/api", "/apis"].map((path) => fetch(path, AGGREGATED)));
  const lists = await Promise.all(
    answers.map((answer) => (isAggregated(answer) ? fromAggregated(answer) : fromLegacy(answer as Legacy, fetch))),
  );
  return withPreference(lists.flat());
}

/** Splits `apps/v1`, and `v1` of the core group. */
export const splitApiVersion = (text: string): [group: string, version: string] =>
  text.includes("/") ? (text.split("/") as [string, string]) : ["", text];

type Unranked = Omit<Resource, "preferred">;

interface Aggregated {
  kind: "APIGroupDiscoveryList";
  items: { metadata?: { name?: string }; versions: { version: string; resources?: AggregatedResource[] }[] }[];
}

interface AggregatedResource {
  resource: string;
  responseKind?: { kind: string };
  scope: string;
  singularResource?: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

const isAggregated = (answer: unknown): answer is Aggregated => (answer as { kind?: string }).kind === "APIGroupDiscoveryList";

function fromAggregated({ items }: Aggregated): Unranked[] {
  return items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources = [] }) => resources.map((r) => ({ ...ofAggregated(r), group: metadata?.name ?? "", version }))),
  );
}

function ofAggregated({
  resource,
  responseKind,
  scope,
  singularResource,
  verbs,
  shortNames,
  categories,
}: AggregatedResource): Omit<Unranked, "group" | "version"> {
  return {
    name: resource,
    singularName: singularResource ?? "",
    namespaced: scope === "Namespaced",
    kind: responseKind?.kind ?? "",
    verbs,
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
  };
}

interface Legacy {
  versions?: string[];
  groups?: { versions: { groupVersion: string }[]; preferredVersion: { groupVersion: string } }[];
}

interface LegacyList {
  groupVersion: string;
  resources: Omit<Unranked, "group" | "version">[];
}

/** One call for each group and version. */
async function fromLegacy({ versions, groups }: Legacy, fetch: Fetch): Promise<Unranked[]> {
  const core = (versions ?? []).map((version) => `/api/${version}`);
  const others = (groups ?? []).flatMap(({ versions, preferredVersion: { groupVersion: first } }) =>
    [first, ...versions.map((v) => v.groupVersion).filter((v) => v !== first)].map((v) => `/apis/${v}`),
  );
  const lists = await Promise.all([...core, ...others].map((path) => fetch(path, JSON_TYPE).catch(() => undefined)));
  return (lists as (LegacyList | undefined)[]).flatMap((list) => {
    const [group, version] = splitApiVersion(list?.groupVersion ?? "");
    return (list?.resources ?? []).filter((r) => !r.name.includes("/")).map((r) => ({ ...r, group, version }));
  });
}

function withPreference(resources: readonly Unranked[]): Resource[] {
  const seen = new Set<string>();
  return resources.map((r) => {
    const key = `${r.group}/${r.name}`;
    const preferred = !seen.has(key);
    seen.add(key);
    return { ...r, preferred };
  });
}
