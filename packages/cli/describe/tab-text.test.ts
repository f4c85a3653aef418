import { expect, it } from "vitest";
import { alignTabs } from "./tab-text.ts";

it.each([
  ["no cells", "a\nb\n", "a\nb\n"],
  ["a column ends where a line has no cell of it", "a\tb\nlong name\tb\n\nx\ty\n", "a          b\nlong name  b\n\nx  y\n"],
  ["what follows the last tab is in no column", "a\tlong text\tz\nb\tshort\n", "a  long text  z\nb  short\n"],
  ["a cell at the end of its line is padded", "a\t\nlong\tb\n", "a     \nlong  b\n"],
  ["an empty column is two wide", "\tx\n\ty\n", "  x\n  y\n"],
  ["columns further right are apart for each run of lines", "a\tb\tc\na\nd\tlong\tf\n", "a  b  c\na\nd  long  f\n"],
  ["letters count, not bytes", "ä\tb\ncc\td\n", "ä   b\ncc  d\n"],
])("%s", (_, text, expected) => {
  expect(alignTabs(text)).toBe(expected);
});
