import { type ApiObject, isDNS1123Label } from "@wherry/machinery";

/** Whose pods are named after them should have a name that is also a host name. Source: the `WarningsOnCreate` of upstream's strategies. */
export function podNameWarnings({ metadata }: Pick<ApiObject, "metadata">): string[] {
  const found = metadata.name ? isDNS1123Label(metadata.name) : [];
  const why = "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
  return found.length > 0 ? [`metadata.name: ${why}: [${found.join(" ")}]`] : [];
}
