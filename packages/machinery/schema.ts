/**
 * The shape of a value, as facts: types, keys and merge rules. The vocabulary is OpenAPI's, with Kubernetes' `x-kubernetes-*`
 * extensions under short names. Source: kube-openapi, and the structural schema of CustomResourceDefinitions.
 */
export interface Schema {
  /** Name of another schema in `Definitions`; the other fields here then only add list and patch rules. */
  ref?: string;
  type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  format?: string;
  /** A number or a string (`x-kubernetes-int-or-string`). */
  intOrString?: true;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  /** Values of a map with free keys. */
  additionalProperties?: Schema;
  items?: Schema;
  enum?: readonly string[];
  default?: unknown;
  /** `map` lists merge by `listMapKeys`, `set` lists by value; absent means `atomic`. */
  listType?: "atomic" | "set" | "map";
  listMapKeys?: readonly string[];
  mapType?: "atomic" | "granular";
  /** Strategic merge patch. `patchStrategy` may be `merge`, `replace`, `retainKeys` or `merge,retainKeys`. */
  patchStrategy?: string;
  patchMergeKey?: string;
  /** Any content is kept as it is (`x-kubernetes-preserve-unknown-fields`). */
  preserveUnknownFields?: true;
}

/** Schemas by their upstream definition name, such as `io.k8s.api.core.v1.PodSpec`. */
export type Definitions = Readonly<Record<string, Schema>>;
