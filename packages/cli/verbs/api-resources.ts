import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList } from "../flags.ts";
import { textTable } from "../output/text-table.ts";
import { qualifiedName, type Resource } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

export interface ApiResourcesOptions extends ConnectionOptions {
  apiGroup?: string;
  namespaced?: string;
  verbs?: string[];
  categories?: string[];
  sortBy?: string;
  output?: string;
  headers?: boolean;
}

/** `wherry api-resources`. */
export const verb: Verb = {
  description: "list what the server serves",
  client: true,
  flags: (command) =>
    command
      .option("--api-group <group>", "only of this group")
      .addOption(command.createOption("--namespaced [bool]", "only namespaced ones, or only the others").preset("true"))
      .option("--verbs <verbs>", "only what can be done all of these to", commaList)
      .option("--categories <categories>", "only what is in all of these", commaList)
      .option("--sort-by <column>", "name or kind, instead of the group")
      .option("--cached", "the list that is kept will do")
      .option("-o, --output <format>", "wide or name")
      .option("--no-headers", "without the header line"),
  run: (_, options: ApiResourcesOptions, { write }) => apiResources(options, write),
};

/** `wherry api-resources`: what the server serves, with its short names. */
export async function apiResources(options: ApiResourcesOptions, write: (text: string) => void): Promise<void> {
  const { output, sortBy = "" } = options;
  if (output && output !== "wide" && output !== "name") throw new UsageError(`--output ${output} is not available`);
  if (!Object.hasOwn(ORDERS, sortBy)) throw new UsageError("--sort-by accepts only name or kind");
  const connection = await connect(options);
  try {
    const all = (await connection.resources.preferred()).filter((r) => isWanted(r, options)).toSorted(ORDERS[sortBy]);
    if (output === "name") return write(all.map((r) => `${qualifiedName(r)}\n`).join(""));
    const wide = output === "wide";
    const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...(wide ? ["VERBS", "CATEGORIES"] : [])];
    const rows = all.map((r) => [
      ...[r.name, r.shortNames?.join(",") ?? "", apiVersionOf(r), String(r.namespaced), r.kind],
      ...(wide ? [r.verbs.join(","), r.categories?.join(",") ?? ""] : []),
    ]);
    write(textTable([...(options.headers === false ? [] : [header]), ...rows]));
  } finally {
    connection.close();
  }
}

function isWanted(r: Resource, { apiGroup, namespaced, verbs = [], categories = [] }: ApiResourcesOptions): boolean {
  if (!r.verbs.length || (apiGroup !== undefined && r.group !== apiGroup)) return false;
  if (namespaced !== undefined && String(r.namespaced) !== namespaced) return false;
  return verbs.every((verb) => r.verbs.includes(verb)) && categories.every((category) => r.categories?.includes(category));
}

const by = (text: (r: Resource) => string) => (a: Resource, b: Resource) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);

const ORDERS: Readonly<Record<string, (a: Resource, b: Resource) => number>> = {
  "": (a, b) => by((r) => r.group)(a, b) || by((r) => r.name)(a, b),
  name: by((r) => r.name),
  kind: by((r) => r.kind),
};
