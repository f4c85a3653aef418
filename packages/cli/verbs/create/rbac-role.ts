import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { commaList } from "../../flags.ts";
import { type Generator, manifest, nameOf } from "./generator.ts";

interface Options {
  verb?: string[];
  resource?: string[];
  resourceName?: string[];
  nonResourceUrl?: string[];
  aggregationRule?: string[];
}

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}

/** `wherry create role NAME --verb=verb --resource=resource.group/subresource`. */
export const role: Generator<Options> = {
  usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]",
  description: "make a role",
  declare: declareRules,
  async generate(words, options, connection) {
    const name = nameOf(words);
    if (!options.verb?.length) throw new UsageError("at least one verb must be specified");
    if (!options.resource?.length) throw new UsageError("at least one resource must be specified");
    return manifest("rbac.authorization.k8s.io/v1", "Role", { name }, { rules: await resourceRules(options, connection) });
  },
};

/** `wherry create clusterrole NAME --verb=verb --resource=resource.group | --non-resource-url=URL | --aggregation-rule=key=value`. */
export const clusterRole: Generator<Options> = {
  usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--non-resource-url=url]",
  description: "make a cluster role",
  declare(command) {
    declareRules(command);
    command
      .option("--non-resource-url <url>", "a path that is no resource (repeatable)", commaList)
      .option("--aggregation-rule <key=value>", "labels of the cluster roles to combine", commaList);
  },
  async generate(words, options, connection) {
    const name = nameOf(words);
    const make = (rest: object) => manifest("rbac.authorization.k8s.io/v1", "ClusterRole", { name }, rest);
    const { aggregationRule, nonResourceUrl } = options;
    if (aggregationRule) {
      if (options.verb || nonResourceUrl || options.resource || options.resourceName) {
        throw new UsageError("aggregation rule must be specified without nonResourceURLs, resources, resourceNames and verbs");
      }
      const matchLabels = Object.fromEntries(aggregationRule.map((pair) => pair.split("=") as [string, string]));
      return make({ aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, rules: null });
    }
    if (!options.verb?.length) throw new UsageError("at least one verb must be specified");
    if (!options.resource?.length && !nonResourceUrl) throw new UsageError("one of resource or nonResourceURL must be specified");
    const rules = options.resource ? await resourceRules(options, connection) : [];
    const paths = nonResourceUrl ? [{ nonResourceURLs: nonResourceUrl, verbs: verbsOf(options) }] : [];
    return make({ rules: [...rules, ...paths] });
  },
};

function declareRules(command: Parameters<NonNullable<Generator["declare"]>>[0]): void {
  command
    .option("--verb <verb>", "what may be done, between commas", commaList)
    .option("--resource <resource>", "to what, as pods, deployments.apps or pods/log", commaList)
    .option("--resource-name <name>", "only to the object of this name (repeatable)", commaList);
}

/** One rule for each API group, in the order in which the groups are named. Source: kubectl pkg/cmd/create/create_role.go, generateResourcePolicyRules. */
async function resourceRules(options: Options, connection: Connection): Promise<Rule[]> {
  const groups = new Map<string, string[]>();
  for (const word of [...new Set(options.resource)]) {
    const [group, resource] = await groupAndResource(word, connection);
    const known = groups.get(group) ?? [];
    if (!known.includes(resource)) groups.set(group, [...known, resource]);
  }
  if (options.resourceName?.length && [...groups.values()].flat().length > 1) {
    throw new UsageError("resource name(s) can not be applied to multiple resources");
  }
  const names = options.resourceName?.length ? { resourceNames: options.resourceName } : {};
  const verbs = verbsOf(options);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, resources]) => ({ apiGroups: [group], resources, ...names, verbs }));
}

async function groupAndResource(word: string, connection: Connection): Promise<[group: string, resource: string]> {
  if (word === "*") return ["*", "*"];
  const [name, ...sub] = word.split("/") as [string, ...string[]];
  if (sub.length > 1) throw new UsageError(`the server doesn't have a resource type "${word}"`);
  const { group, name: plural } = await connection.resources.find(name);
  return [group, sub.length ? `${plural}/${sub[0]}` : plural];
}

function verbsOf({ verb = [] }: Options): string[] {
  return verb.includes("*") ? ["*"] : [...new Set(verb)];
}
