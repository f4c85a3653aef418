/** The name that is fewest edits away from the word, if any is near enough to be what was meant. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (!word) return undefined;
  const most = Math.floor(word.length / 3);
  const found = names.map((name) => ({ name, edits: distance(word, name) })).filter(({ edits }) => edits <= Math.max(1, most));
  return found.toSorted((a, b) => a.edits - b.edits)[0]?.name;
}

/** Insertions, removals and replacements, two letters in the wrong order being one edit. Source: Damerau and Levenshtein. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > a.length) return b.length;
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  for (let j = 1; j <= b.length; j++) (rows[0] as number[])[j] = j;
  const at = (i: number, j: number) => (rows[i] as number[])[j] as number;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const edits = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits.push(at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = Math.min(...edits);
    }
  }
  return at(a.length, b.length);
}
