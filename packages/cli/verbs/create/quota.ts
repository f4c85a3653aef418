import { Quantity } from "@wherry/machinery/quantity.ts";
import { UsageError } from "../../errors.ts";
import { commaList } from "../../flags.ts";
import { type Generator, manifest, nameOf } from "./generator.ts";

interface Options {
  hard?: string[];
  scopes?: string[];
}

/** `wherry create quota NAME --hard=key1=value1`. */
export const quota: Generator<Options> = {
  usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]",
  description: "make a resource quota",
  declare(command) {
    command
      .option("--hard <resource=quantity>", "the most of each resource, between commas", commaList)
      .option("--scopes <scopes>", "which pods it counts, between commas", commaList);
  },
  generate(words, { hard, scopes }) {
    const spec = { ...(hard && { hard: resourceList(hard) }), ...(scopes && { scopes }) };
    return manifest("v1", "ResourceQuota", { name: nameOf(words) }, { spec, status: {} });
  },
};

/** `cpu=1`, `memory=1Gi` as a ResourceList. Throws a UsageError on what is no quantity. Source: kubectl pkg/generate/versioned, populateResourceListV1. */
export function resourceList(parts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parts.map((part) => {
      const [name, value, ...more] = part.split("=");
      if (!name || value === undefined || more.length) throw new UsageError(`Invalid argument syntax ${part}, expected <resource>=<value>`);
      try {
        Quantity.parse(value);
      } catch (error) {
        throw new UsageError((error as Error).message);
      }
      return [name, value];
    }),
  );
}
