import type { Connection } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { type FileOptions, namesManifests, readManifests } from "./manifests.ts";
import type { Resource } from "./resource-catalogue.ts";

/** What a command line names: a resource, and either one object of it or all that the selectors leave. */
export interface Target {
  resource: Resource;
  name: string | undefined;
  /** Absent for cluster-scoped resources and with `--all-namespaces`. */
  namespace: string | undefined;
}

/** The flags by which objects are chosen. */
export interface TargetOptions extends FileOptions {
  allNamespaces?: boolean;
  selector?: string;
  fieldSelector?: string;
}

/**
 * Reads `pods`, `pod web-1 web-2`, `pod/web-1 svc/web`, `deploy,rs`, `all`, or the objects of `-f`. Throws a UsageError in kubectl's words when that names
 * nothing.
 */
export async function parseTargets(connection: Connection, words: readonly string[], options: TargetOptions): Promise<Target[]> {
  if (namesManifests(options) && words.length)
    throw new UsageError("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well");
  if (namesManifests(options)) return targetsOfManifests(connection, options);
  if (!words.length) throw new UsageError('You must specify the type of resource, such as "pods" (see `wherry api-resources` for all)');
  const namespace = options.allNamespaces ? undefined : connection.namespace;
  const target = (resource: Resource, name?: string): Target => ({
    resource,
    name,
    namespace: resource.namespaced ? namespace : undefined,
  });
  if (words.some((word) => word.includes("/"))) {
    checkCombined(words);
    return Promise.all(words.map(async (word) => target(...(await typeAndName(connection, word)))));
  }
  const names = words.slice(1);
  if (names.length && options.allNamespaces) throw new UsageError("a resource cannot be retrieved by name across all namespaces");
  if (names.length && (options.selector !== undefined || options.fieldSelector !== undefined))
    throw new UsageError("name cannot be provided when a selector is specified");
  const resources = await resourcesOf(connection, words[0] as string);
  return resources.flatMap((resource) => (names.length ? names.map((name) => target(resource, name)) : [target(resource)]));
}

/** Source: cli-runtime pkg/resource/builder.go, `hasCombinedTypeArgs`. */
function checkCombined(words: readonly string[]): void {
  if (words.every((word) => word.includes("/"))) return;
  throw new UsageError(
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'wherry get resource/<resource_name>' instead of 'wherry get resource resource/<resource_name>'",
  );
}

async function targetsOfManifests(connection: Connection, files: FileOptions): Promise<Target[]> {
  const manifests = await readManifests(files);
  return Promise.all(
    manifests.map(async ({ object }) => {
      const resource = await connection.resources.ofObject(object.apiVersion, object.kind);
      const namespace = object.metadata.namespace ?? connection.namespace;
      return { resource, name: object.metadata.name, namespace: resource.namespaced ? namespace : undefined };
    }),
  );
}

/** Reads `deployment/web`. Source: cli-runtime pkg/resource/builder.go, `splitResourceTypeName`. */
export async function typeAndName(connection: Connection, word: string): Promise<[Resource, string]> {
  const [type, name, ...rest] = word.split("/");
  if (rest.length) throw new UsageError("arguments in resource/name form may not have more than one slash");
  if (!type || !name || type.includes(",")) throw new UsageError("arguments in resource/name form must have a single resource and name");
  return [await connection.resources.find(type), name];
}

async function resourcesOf(connection: Connection, types: string): Promise<Resource[]> {
  const found = await Promise.all(
    types.split(",").map(async (type) => {
      const category = await connection.resources.category(type);
      return category.length ? category : [await connection.resources.find(type)];
    }),
  );
  return found.flat();
}
