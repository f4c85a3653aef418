import type { ApiObject } from "@wherry/machinery";
import { apiVersionOf } from "@wherry/machinery/kind.ts";
import type { Connection } from "../../connection.ts";
import { type OutputFormat, printObject } from "../../output/format.ts";
import { definitionOf, objectLabel, type Resource, resourceOfManifest } from "../../resource-catalogue.ts";
import type { Target } from "../../targets.ts";
import type { GetOptions } from "../get.ts";
import { fetchEach, pathOf, throwFailures } from "./query.ts";
import { sortByPath } from "./sort.ts";

/** Prints what the targets name in any format but a table. What could not be had is told after the rest. */
export async function printObjects(
  connection: Connection,
  targets: Target[],
  options: GetOptions,
  format: OutputFormat,
  write: (text: string) => void,
): Promise<void> {
  const { found, failures } = await fetchEach(targets, options, (target) => objectsOf(connection, target, options));
  const objects = options.sortBy ? sortByPath(found.flat(), options.sortBy, (object) => object) : found.flat();
  const single = targets.length === 1 && targets[0]?.name !== undefined;
  const value = single ? objects[0] : { apiVersion: "v1", items: objects, kind: "List", metadata: { resourceVersion: "" } };
  const nothing = single ? value === undefined : !objects.length && failures.length > 0;
  if (!nothing && value !== undefined) {
    const resources = new Map(targets.map((t) => [`${apiVersionOf(t.resource)}/${t.resource.kind}`, t.resource]));
    write(await printObject(value, format, (object) => nameOf(object as ApiObject, resources)));
  }
  throwFailures(failures);
}

function nameOf(object: ApiObject, resources: ReadonlyMap<string, Resource>): string {
  return objectLabel(resources.get(`${object.apiVersion}/${object.kind}`) ?? resourceOfManifest(object), object.metadata.name);
}

async function objectsOf({ client }: Connection, target: Target, options: GetOptions): Promise<ApiObject[]> {
  if (target.name === undefined) {
    const query = { labelSelector: options.selector, fieldSelector: options.fieldSelector, namespace: target.namespace };
    return (await client.list(definitionOf(target.resource), query)).items;
  }
  const response = await client.raw({ method: "GET", path: pathOf(target, options) });
  return [JSON.parse(Buffer.concat(await Array.fromAsync(response.body)).toString())];
}
