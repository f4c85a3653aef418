import type { DocumentOptions, ParseOptions, SchemaOptions } from "yaml";

const TIMESTAMP = "tag:yaml.org,2002:timestamp";

/**
 * How Kubernetes reads YAML, as options for the `yaml` package: 1.1, in which `yes` is true and 0644 is octal, except that times and numbers to the base 60 stay text.
 * Source: sigs.k8s.io/yaml.
 */
export const MANIFEST_YAML: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === "string" || (tag.tag !== TIMESTAMP && !("format" in tag && tag.format === "TIME"))),
};
