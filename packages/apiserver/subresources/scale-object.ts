import { labelSelectorFrom, type ManagedFieldsEntry, type MetaLabelSelector, type Subresource } from "@wherry/machinery";
import { type Data, isData } from "@wherry/machinery/data.ts";
import { managedFieldsEntries, storedManaged } from "@wherry/machinery/field-management/managed-fields.ts";
import { fieldElement, type PathElement } from "@wherry/machinery/field-management/path-element.ts";
import { toScaleManaged } from "@wherry/machinery/field-management/scale-fields.ts";
import type { AnyObject, ResourceCall } from "../rest/context.ts";

/** Where an object keeps what a Scale shows. */
export type ScalePaths = Extract<Subresource, { type: "scale" }>;

/** An object as an autoscaler sees it. Source: `autoscaling/v1` Scale. */
export interface Scale {
  kind: "Scale";
  apiVersion: "autoscaling/v1";
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    managedFields?: ManagedFieldsEntry[];
  };
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** The kind itself. */
export const SCALE = { group: "autoscaling", version: "v1", kind: "Scale", schema: "io.k8s.api.autoscaling.v1.Scale" } as const;

/** The object as a Scale. Parts of the object are shared. */
export function scaleOf(object: AnyObject, paths: ScalePaths, { kind }: Pick<ResourceCall, "kind">): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = numberAt(object, paths.specReplicasPath);
  const selector = selectorText(valueAt(object, paths.labelSelectorPath), kind.custom === true);
  const managed = toScaleManaged(storedManaged(object.metadata.managedFields), replicasPath(paths));
  const managedFields = managedFieldsEntries(managed);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp, ...(managedFields && { managedFields }) },
    spec: { ...(replicas > 0 && { replicas }) },
    status: { replicas: numberAt(object, paths.statusReplicasPath), ...(selector && { selector }) },
  };
}

/** A selector as text: `app=web,tier in (a,b)`. A ReplicationController's is a plain map, a custom object's is text already. */
function selectorText(selector: unknown, custom: boolean): string {
  if (typeof selector === "string") return selector;
  if (custom || !isData(selector)) return "";
  const isMap = !("matchLabels" in selector) && !("matchExpressions" in selector);
  return String(labelSelectorFrom((isMap ? { matchLabels: selector } : selector) as MetaLabelSelector));
}

const steps = (path: string) => path.split(".").filter(Boolean);

function valueAt(object: object, path: string): unknown {
  return steps(path).reduce<unknown>((at, step) => (isData(at) ? at[step] : undefined), object);
}

function numberAt(object: object, path: string): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

/** Where the replicas are, as managed fields name it. */
export function replicasPath({ specReplicasPath }: ScalePaths): PathElement[] {
  return steps(specReplicasPath).map(fieldElement);
}

/** Changes how many replicas the object wants. */
export function setReplicas(object: object, { specReplicasPath }: ScalePaths, value: number): void {
  const all = steps(specReplicasPath);
  let at = object as Data;
  for (const step of all.slice(0, -1)) {
    if (!isData(at[step])) at[step] = {};
    at = at[step] as Data;
  }
  at[all.at(-1) as string] = value;
}
