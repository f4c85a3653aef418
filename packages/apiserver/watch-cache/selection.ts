import { badRequest } from "@wherry/base";
import { type FieldSelector, type KindDefinition, type LabelSelector, parseFieldSelector, parseLabelSelector } from "@wherry/machinery";
import type { Item } from "./item.ts";

/** Which objects of a kind are wanted. */
export interface Selection {
  /** Two selections with the same id select the same. */
  readonly id: string;
  /** Absent = all namespaces. */
  readonly namespace: string | undefined;
  /** Whether it takes everything in its namespace. */
  readonly all: boolean;
  /** The one name that can match, when the selector says so. */
  readonly name: string | undefined;
  /** One of the `triggersOf` every object that it selects; absent when there is no such one. */
  readonly trigger: string | undefined;
  matches(item: Item): boolean;
}

/** Reads the selectors of a list or a watch. Throws BadRequest in Kubernetes' words. */
export function parseSelection(kind: KindDefinition, namespace: string | undefined, labels: string, fields: string): Selection {
  const labelSelector = labels ? parsed(() => parseLabelSelector(labels)) : undefined;
  const fieldSelector = fields ? parsed(() => parseFieldSelector(fields)) : undefined;
  if (fieldSelector) checkFields(kind, fieldSelector);
  return {
    id: JSON.stringify([namespace ?? "", labels, fields]),
    namespace,
    all: !labelSelector && !fieldSelector,
    name: fieldSelector?.requiresExactMatch("metadata.name"),
    trigger: fieldTrigger(fieldSelector) ?? labelTrigger(labelSelector),
    matches: (item) => (!labelSelector || matchesLabels(labelSelector, item)) && (!fieldSelector || matchesFields(fieldSelector, item)),
  };
}

/** What an object has that a selection may ask for exactly: its name, its fields and its labels. */
export function* triggersOf({ attributes: { name, fields, labels = {} } }: Item): Generator<string> {
  yield `field metadata.name=${name}`;
  for (const field in fields) yield `field ${field}=${fields[field]}`;
  for (const key in labels) yield `label ${key}=${labels[key]}`;
}

/** A field that must be empty may as well be absent, which triggers nothing. */
function fieldTrigger(selector: FieldSelector | undefined): string | undefined {
  for (const { field } of selector?.requirements ?? []) {
    const value = field === "metadata.namespace" ? undefined : selector?.requiresExactMatch(field);
    if (value) return `field ${field}=${value}`;
  }
  return undefined;
}

function labelTrigger(selector: LabelSelector | undefined): string | undefined {
  const exact = selector?.requirements.find(({ operator, values }) => EXACT.has(operator) && values.length === 1);
  return exact && `label ${exact.key}=${exact.values[0]}`;
}

const EXACT: ReadonlySet<string> = new Set(["=", "==", "in"]);

function matchesLabels(selector: LabelSelector, item: Item): boolean {
  return selector.empty || selector.matches(item.attributes.labels);
}

function matchesFields(selector: FieldSelector, item: Item): boolean {
  const { name, namespace, fields } = item.attributes;
  return selector.matches((field) => (field === "metadata.name" ? name : field === "metadata.namespace" ? namespace : fields[field]));
}

// Source of both messages: the field label conversion functions of each group, and apimachinery's DefaultMetaV1FieldSelectorConversion.
function checkFields(kind: KindDefinition, selector: FieldSelector): void {
  for (const { field } of selector.requirements) {
    if (field === "metadata.name" || field === "metadata.namespace" || kind.selectableFields?.[field]) continue;
    throw badRequest(
      kind.selectableFields
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}
