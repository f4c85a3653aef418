import { isUtf8 } from "node:buffer";
import { contentHash } from "./content-hash.ts";
import { type Generator, manifest, nameOf } from "./generator.ts";
import { declareKeyValues, type KeyValueOptions, keyValues } from "./key-values.ts";

/** `wherry create configmap NAME`: text goes to `data`, anything else to `binaryData`. */
export const configMap: Generator<KeyValueOptions> = {
  usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
  description: "make a config map from files, folders or values",
  declare: declareKeyValues,
  generate(words, options) {
    const all = [...keyValues(options)];
    const data = Object.fromEntries(all.filter(([, v]) => isUtf8(v)).map(([key, v]) => [key, v.toString("utf8")]));
    const binaryData = Object.fromEntries(all.filter(([, v]) => !isUtf8(v)).map(([key, v]) => [key, v.toString("base64")]));
    const content = { ...(some(data) && { data }), ...(some(binaryData) && { binaryData }) };
    const given = nameOf(words);
    // The hash counts an absent `data` as an empty text, as Go's does.
    const name = options.appendHash
      ? `${given}-${contentHash({ kind: "ConfigMap", name: given, data: some(data) ? data : "", ...(some(binaryData) && { binaryData }) })}`
      : given;
    return manifest("v1", "ConfigMap", { name }, content);
  },
};

const some = (values: object): boolean => Object.keys(values).length > 0;
