import type { Node, NodeSelectorRequirement, NodeSelectorTerm } from "../../generated/types.ts";

/** Whether the node fits a term: all of its requirements hold. An empty term fits nothing. Source: component-helpers nodeaffinity. */
export function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const fields: Readonly<Record<string, string>> = { "metadata.name": node.metadata.name };
  return matchExpressions.every((r) => holds(r, labels)) && matchFields.every((r) => holds(r, fields));
}

function holds({ key, operator, values = [] }: NodeSelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return compare(value, values[0], (a, b) => a > b);
    case "Lt":
      return compare(value, values[0], (a, b) => a < b);
    default:
      return false;
  }
}

function compare(value: string | undefined, bound: string | undefined, test: (a: bigint, b: bigint) => boolean): boolean {
  const isInteger = (text: string | undefined): text is string => text !== undefined && /^[+-]?\d+$/.test(text);
  return isInteger(value) && isInteger(bound) && test(BigInt(value), BigInt(bound));
}
