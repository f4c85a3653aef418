/** Spaces between columns, and the least that a column takes with them. Source: cli-runtime pkg/printers/tabwriter.go. */
const PADDING = 3;
const LEAST = 6;

/**
 * Lines the cells up in columns, as kubectl does, with three spaces between them unless `padding` says another number: each as wide as its widest cell; the last
 * one is not padded.
 */
export function textTable(rows: readonly (readonly string[])[], padding = PADDING): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? LEAST, cell.length + padding);
  }
  const line = (row: readonly string[]) => row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}
