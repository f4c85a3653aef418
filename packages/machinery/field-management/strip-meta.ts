import { difference, type FieldSet, setOf, union } from "./field-set.ts";
import { fieldElement } from "./path-element.ts";

const SYSTEM = [
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "clusterName",
  "generation",
  "managedFields",
  "resourceVersion",
].map((field) => ["metadata", field]);

const STRIPPED = [["apiVersion"], ["kind"], ["metadata"], ...SYSTEM]
  .map((path) => setOf(path.map(fieldElement)))
  .reduce((all, path) => union(all, path));

/** The set without the fields that nobody owns: what type and which object it is. Source: apimachinery managedfields `stripMetaManager`. */
export function withoutSystemFields(set: FieldSet): FieldSet {
  return difference(set, STRIPPED);
}
