import { type ApiObject, isDNS1123Label } from "@wherry/machinery";

/**
 * What becomes a host name, itself or as part of the names of its pods, should be able to. Source: the `WarningsOnCreate` of upstream's strategies.
 * @param use what the name is used in
 */
export function podNameWarnings({ metadata }: Pick<ApiObject, "metadata">, use = "Pod names and hostnames"): string[] {
  const found = metadata.name ? isDNS1123Label(metadata.name) : [];
  const why = `this is used in ${use}, which can result in surprising behavior; a DNS label is recommended`;
  return found.length > 0 ? [`metadata.name: ${why}: [${found.join(" ")}]`] : [];
}
