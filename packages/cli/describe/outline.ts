import type { ApiObject } from "@wherry/machinery";
import { fields, keyValues, titleCase } from "./fields.ts";

/** Fields of the metadata that describe shows in another way, or not at all. */
const HIDDEN = new Set(["name", "namespace", "labels", "annotations", "managedFields", "selfLink"]);

/** Any object as an indented outline, as kubectl describes kinds that it knows nothing more of. */
export function outline(object: ApiObject): string {
  const { metadata, apiVersion, kind, ...rest } = object;
  const head = fields([
    ["Name", metadata.name],
    ["Namespace", metadata.namespace ?? ""],
    ["Labels", keyValues(metadata.labels)],
    ["Annotations", keyValues(metadata.annotations)],
    ["API Version", apiVersion],
    ["Kind", kind],
  ]);
  const shown = Object.fromEntries(Object.entries(metadata).filter(([key]) => !HIDDEN.has(key)));
  return head + tree({ metadata: shown, ...hideSecrets(kind, rest) }, 0);
}

/** A Secret's values are told by their length only. */
function hideSecrets(kind: string, rest: object): object {
  const { data } = rest as { data?: Record<string, string> };
  if (kind !== "Secret" || !data) return rest;
  return {
    ...rest,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, `${Buffer.from(value, "base64").length} bytes`])),
  };
}

function tree(value: unknown, indent: number): string {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) return value.map((item) => (isBranch(item) ? tree(item, indent) : `${pad}${String(item)}\n`)).join("");
  return Object.entries(value as object)
    .map(([key, child]) =>
      isBranch(child) ? `${pad}${titleCase(key)}:\n${tree(child, indent + 2)}` : `${pad}${titleCase(key)}:  ${String(child)}\n`,
    )
    .join("");
}

const isBranch = (value: unknown): boolean => typeof value === "object" && value !== null;
