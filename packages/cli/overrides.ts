import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import type { Command } from "commander";
import { UsageError } from "./errors.ts";
import type { ManifestObject } from "./manifests.ts";

/** The flags that change a generated object before it is sent. */
export interface OverrideOptions {
  overrides?: string;
  overrideType?: string;
}

/** Declares them. */
export const overrideFlags = (command: Command): Command =>
  command
    .option("--overrides <patch>", "what the generated object is to say instead, in JSON or YAML")
    .option("--override-type <type>", "how: merge, strategic or json", "merge");

/** The object as `--overrides` changes it. Throws a UsageError where that is no patch. */
export async function overridden(object: ManifestObject["object"], options: OverrideOptions): Promise<ManifestObject["object"]> {
  if (!options.overrides) return object;
  const patch: unknown = (await import("yaml")).parse(options.overrides, MANIFEST_YAML);
  const machinery = await import("@wherry/machinery");
  if (typeof patch !== "object" || patch === null)
    throw new UsageError("Invalid JSON Patch: --overrides must be an object, or a list of operations");
  switch (options.overrideType ?? "merge") {
    case "json":
      return machinery.applyJsonPatch(object, patch as object[]) as typeof object;
    case "merge":
      return machinery.applyMergePatch(object, patch) as typeof object;
    case "strategic": {
      const { definitions } = await import("@wherry/api/definitions.ts");
      const { registry } = await import("@wherry/api/registry.ts");
      return machinery.applyStrategicMergePatch(object, patch, registry.byKind(object.apiVersion, object.kind)?.schema ?? "", definitions);
    }
    default:
      throw new UsageError(`invalid override type: ${options.overrideType}`);
  }
}
