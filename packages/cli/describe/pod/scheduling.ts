import type { Toleration, TopologySpreadConstraint } from "@wherry/api";
import { formatSelector } from "@wherry/api/kinds/apps/selector.ts";
import type { Description } from "../description.ts";

/** Tolerations in order of their keys. */
export function addTolerations(d: Description, title: string, tolerations: readonly Toleration[] = []): void {
  const sorted = tolerations.toSorted((a, b) => compare(a.key ?? "", b.key ?? ""));
  d.values(title, sorted.map(tolerationText));
}

function tolerationText({ key = "", value = "", effect = "", operator, tolerationSeconds }: Toleration): string {
  const what = `${key}${value && `=${value}`}${effect && `:${effect}`}`;
  const exists = operator === "Exists" && !value ? `${what && " "}op=Exists` : "";
  return `${what}${exists}${tolerationSeconds === undefined ? "" : ` for ${tolerationSeconds}s`}`;
}

/** How pods spread, in order of the topology keys; nothing when no constraint is given. */
export function addSpread(d: Description, constraints: readonly TopologySpreadConstraint[] = [], space = ""): void {
  const sorted = constraints.toSorted((a, b) => compare(a.topologyKey, b.topologyKey));
  if (!sorted.length) return;
  const texts = sorted.map((c) => {
    const selector = c.labelSelector ? ` for selector ${formatSelector(c.labelSelector)}` : "";
    return `${c.topologyKey}:${c.whenUnsatisfiable} when max skew ${c.maxSkew} is exceeded${selector}`;
  });
  d.values("Topology Spread Constraints", texts, space);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
