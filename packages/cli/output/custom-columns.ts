import { UsageError } from "../errors.ts";
import { findJsonPath, showValue } from "./jsonpath.ts";
import { textTable } from "./text-table.ts";

/** Renders `NAME:.metadata.name,IMAGE:.spec.containers[*].image`. Source: kubectl pkg/cmd/get/customcolumn.go. */
export function renderCustomColumns(spec: string, items: readonly object[], headers = true): string {
  const columns = spec.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon < 1) throw new UsageError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: part.slice(colon + 1) };
  });
  const rows = items.map((item) => columns.map(({ path }) => findJsonPath(path, item).map(showValue).join(",") || "<none>"));
  return textTable(headers ? [columns.map((c) => c.header), ...rows] : rows);
}
