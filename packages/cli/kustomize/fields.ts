import { type Data, groupOf, isData, type Resource, versionOf } from "./resource.ts";

/** A field of objects of some kinds: `spec/template/metadata/labels`. Lists on the way are gone through. */
export interface FieldSpec {
  path: string;
  group?: string;
  version?: string;
  kind?: string;
  /** Whether to make what is missing on the way. */
  create?: boolean;
}

/** Whether the field is one of this object's kind. */
export function isFieldOf({ group, version, kind }: FieldSpec, { object }: Resource): boolean {
  if (kind !== undefined && kind !== object.kind) return false;
  return (
    (group === undefined || group === groupOf(object.apiVersion)) && (version === undefined || version === versionOf(object.apiVersion))
  );
}

/** Changes the field wherever the object has it. `change` gets the value, undefined when it is made anew, and gives the new one. */
export function changeField(resource: Resource, spec: FieldSpec, change: (value: unknown) => unknown): void {
  if (!isFieldOf(spec, resource)) return;
  const steps = spec.path.split(/(?<!\\)\//).map((step) => step.replaceAll("\\/", "/"));
  walk(resource.object, steps, Boolean(spec.create), change);
}

function walk(at: Data, [step, ...rest]: string[], create: boolean, change: (value: unknown) => unknown): void {
  const key = (step as string).replace(/\[\]$/, "");
  const value = at[key];
  if (!rest.length) {
    if (value !== undefined || create) at[key] = change(value ?? undefined);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) if (isData(item)) walk(item, rest, create, change);
    return;
  }
  if (isData(value)) {
    walk(value, rest, create, change);
    return;
  }
  if ((value !== undefined && value !== null) || !create || step?.endsWith("[]")) return;
  const made: Data = {};
  at[key] = made;
  walk(made, rest, create, change);
}
