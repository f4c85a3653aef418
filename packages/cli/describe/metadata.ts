import { type ApiObject, controllerOf } from "@wherry/machinery";
import type { Description } from "./description.ts";

/** How most descriptions begin: name and, of what lies in one, namespace. */
export function addName(d: Description, { metadata }: ApiObject, namespaced = true): void {
  d.line(0, "Name:", metadata.name);
  if (namespaced) d.line(0, "Namespace:", metadata.namespace ?? "");
}

/** Labels and annotations. */
export function addLabels(d: Description, { metadata }: ApiObject): void {
  d.labels("Labels", metadata.labels);
  d.annotations("Annotations", metadata.annotations);
}

/** The controller that the object belongs to; nothing when there is none. */
export function addController(d: Description, object: ApiObject): void {
  const owner = controllerOf(object);
  if (owner) d.line(0, "Controlled By:", `${owner.kind}/${owner.name}`);
}
