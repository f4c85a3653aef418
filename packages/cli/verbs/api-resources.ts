import { apiVersionOf } from "@wherry/machinery";
import { type ConnectionOptions, connect } from "../connection.ts";
import { textTable } from "../output/text-table.ts";
import { qualifiedName } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

export interface ApiResourcesOptions extends ConnectionOptions {
  apiGroup?: string;
  namespaced?: string;
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
      .option("--namespaced <bool>", "only namespaced ones, or only the others")
      .option("-o, --output <format>", "wide or name")
      .option("--no-headers", "without the header line"),
  run: (_, options: ApiResourcesOptions, { write }) => apiResources(options, write),
};

/** `wherry api-resources`: what the server serves, with its short names. */
export async function apiResources(options: ApiResourcesOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  try {
    const all = (await connection.resources.all())
      .filter((r) => options.apiGroup === undefined || r.group === options.apiGroup)
      .filter((r) => options.namespaced === undefined || String(r.namespaced) === options.namespaced)
      .toSorted((a, b) => a.group.localeCompare(b.group) || a.name.localeCompare(b.name));
    if (options.output === "name") return write(all.map((r) => `${qualifiedName(r)}\n`).join(""));
    const wide = options.output === "wide";
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
