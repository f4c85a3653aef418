import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** One schema of an OpenAPI v2 document of Kubernetes. */
export interface SwaggerSchema {
  $ref?: string;
  type?: string;
  format?: string;
  properties?: Record<string, SwaggerSchema>;
  required?: string[];
  additionalProperties?: SwaggerSchema | boolean;
  items?: SwaggerSchema;
  enum?: string[];
  default?: unknown;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: "atomic" | "granular";
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

export type SwaggerDefinitions = Readonly<Record<string, SwaggerSchema>>;

const PREVIEW = /\.v\d+(alpha|beta)\d+\./;
const REF_PREFIX = "#/definitions/";

/** What is read of an OpenAPI v2 document of Kubernetes. */
export interface Swagger {
  definitions: SwaggerDefinitions;
  /** By path, then by HTTP method. */
  paths: Readonly<Record<string, Readonly<Record<string, { "x-kubernetes-action"?: string }>>>>;
}

/** Reads an OpenAPI v2 document, plain or gzipped. */
export function readSwagger(path: string): Swagger {
  const bytes = readFileSync(path);
  const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes).toString("utf8") : bytes.toString("utf8");
  const { definitions, paths = {} } = JSON.parse(text) as Partial<Swagger>;
  if (!definitions) throw new Error(`${path} is not an OpenAPI v2 document: it has no "definitions"`);
  return { definitions, paths };
}

/** The stable definitions (no alpha, no beta), sorted by name. */
export function stableDefinitions({ definitions }: Swagger): SwaggerDefinitions {
  return Object.fromEntries(
    Object.entries(definitions)
      .filter(([name]) => !PREVIEW.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** `io.k8s.api.core.v1.Pod` from `#/definitions/io.k8s.api.core.v1.Pod`. */
export function refName(ref: string): string {
  if (!ref.startsWith(REF_PREFIX)) throw new Error(`reference ${ref} does not point into ${REF_PREFIX}`);
  return ref.slice(REF_PREFIX.length);
}
