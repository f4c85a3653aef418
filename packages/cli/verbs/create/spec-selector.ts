import { type MetaLabelSelector, parseLabelSelector } from "@wherry/machinery/label-selector.ts";
import { UsageError } from "../../errors.ts";

const OPERATORS: Readonly<Record<string, string>> = { "!=": "NotIn", notin: "NotIn", in: "In", exists: "Exists", "!": "DoesNotExist" };

/** `a=b,c in (d)` as specs hold it. Throws a UsageError where it is no selector. Source: apimachinery metav1.ParseToLabelSelector. */
export function specSelector(text: string): MetaLabelSelector {
  const { requirements } = parsed(text);
  const matchLabels: Record<string, string> = {};
  const matchExpressions: { key: string; operator: string; values?: string[] }[] = [];
  for (const { key, operator, values } of requirements) {
    if (operator === "=" || operator === "==") matchLabels[key] = [...values][0] as string;
    else if (OPERATORS[operator] === undefined) throw new UsageError(`${JSON.stringify(operator)} isn't supported in label selectors`);
    else matchExpressions.push({ key, operator: OPERATORS[operator], ...([...values].length > 0 && { values: [...values].toSorted() }) });
  }
  return { ...(Object.keys(matchLabels).length > 0 && { matchLabels }), ...(matchExpressions.length > 0 && { matchExpressions }) };
}

function parsed(text: string) {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
