/** Spaces between columns. Source: kubectl pkg/describe/describe.go, `tabbedString`. */
const PADDING = 2;

/**
 * Lines up cells that end with a tab: neighbouring lines that have a cell in the same place share a column, as wide as its widest cell; what follows a line's last tab
 * belongs to no column. Source: Go's text/tabwriter.
 */
export function alignTabs(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const out = lines.map(() => "");
  layOut(lines, out, 0, 0, lines.length);
  return out.map((line, i) => line + (lines[i]?.at(-1) ?? "")).join("\n");
}

/** Writes column `column` of the lines from `start` to `end`, and the columns right of it. */
function layOut(lines: readonly string[][], out: string[], column: number, start: number, end: number): void {
  for (let first = start; first < end; first++) {
    let last = first;
    while (last < end && column < (lines[last] as string[]).length - 1) last++;
    if (last === first) continue;
    const cells = lines.slice(first, last).map((line) => line[column] as string);
    const width = Math.max(...cells.map((cell) => [...cell].length)) + PADDING;
    for (const [i, cell] of cells.entries()) out[first + i] += cell + " ".repeat(width - [...cell].length);
    layOut(lines, out, column + 1, first, last);
    first = last;
  }
}
