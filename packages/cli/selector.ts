import { parseLabelSelector } from "@wherry/machinery/label-selector.ts";
import { UsageError } from "./errors.ts";

/** Whether `-l` leaves the object: everything when there is none. Throws a UsageError where it is no selector. */
export function matchesSelector(selector: string | undefined, object: { metadata: { labels?: Record<string, string> } }): boolean {
  return selector === undefined || parsed(selector).matches(object.metadata.labels);
}

function parsed(text: string) {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
