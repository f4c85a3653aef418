import type { ClusterRole, PolicyRule, Role } from "@wherry/api";
import type { Description } from "./description.ts";
import { addLabels } from "./metadata.ts";

/** A role, or a cluster's. Source: kubectl pkg/describe/describe.go, `RoleDescriber`. */
export function describe(d: Description, role: Role | ClusterRole): void {
  d.line(0, "Name:", role.metadata.name);
  addLabels(d, role);
  d.line(0, "PolicyRule:");
  d.line(1, "Resources", "Non-Resource URLs", "Resource Names", "Verbs");
  d.line(1, "---------", "-----------------", "--------------", "-----");
  for (const rule of compact((role.rules ?? []).flatMap(breakDown)))
    d.line(1, resourceText(rule), inBrackets(rule.urls), inBrackets(rule.names), inBrackets(rule.verbs));
}

/** A rule about one resource, or one path, at most one name, and any number of verbs. */
interface SimpleRule {
  verbs: string[];
  groups: string[];
  resources: string[];
  names: string[];
  urls: string[];
}

/** Source: component-helpers auth/rbac/validation, `BreakdownRule`. */
function breakDown(rule: PolicyRule): SimpleRule[] {
  const names = rule.resourceNames?.length ? rule.resourceNames.map((name) => [name]) : [[]];
  const ofResources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb) => names.map((name) => ({ verbs: [verb], groups: [group], resources: [resource], names: name, urls: [] }))),
    ),
  );
  const ofUrls = (rule.nonResourceURLs ?? []).flatMap((url) =>
    rule.verbs.map((verb) => ({ verbs: [verb], groups: [], resources: [], names: [], urls: [url] })),
  );
  return [...ofResources, ...ofUrls];
}

/** Gathers the verbs of the same resource. Source: kubectl pkg/util/rbac, `CompactRules`. */
function compact(rules: readonly SimpleRule[]): SimpleRule[] {
  const ofUrls = rules.filter((rule) => rule.urls.length);
  const ofResources = new Map<string, SimpleRule>();
  for (const rule of rules.filter((r) => !r.urls.length)) {
    const key = JSON.stringify([rule.groups, rule.resources, rule.names]);
    const found = ofResources.get(key);
    if (found) found.verbs = [...new Set([...found.verbs, ...rule.verbs])];
    else ofResources.set(key, rule);
  }
  return [...ofUrls, ...ofResources.values()].sort((a, b) => (sortText(a) < sortText(b) ? -1 : sortText(a) > sortText(b) ? 1 : 0));
}

/** What Go's generated text of a rule begins with. */
const sortText = ({ verbs, groups, resources, names, urls }: SimpleRule) =>
  `Verbs:${inBrackets(verbs)},APIGroups:${inBrackets(groups)},Resources:${inBrackets(resources)},ResourceNames:${inBrackets(names)},NonResourceURLs:${inBrackets(urls)},`;

const inBrackets = (words: readonly string[]) => `[${words.join(" ")}]`;

/** `deployments.apps/scale`. */
function resourceText({ resources: [resource = ""], groups: [group = ""] }: SimpleRule): string {
  const slash = resource.indexOf("/");
  const [name, below] = slash < 0 ? [resource, ""] : [resource.slice(0, slash), resource.slice(slash)];
  return `${name}${group && `.${group}`}${below}`;
}
