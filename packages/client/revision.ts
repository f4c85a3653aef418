/** Whether the resourceVersion `have` is `want` or newer. Both are decimal without leading zeros, so the longer is the greater. */
export function isAtLeast(have: string, want: string): boolean {
  return have.length === want.length ? have >= want : have.length > want.length;
}
