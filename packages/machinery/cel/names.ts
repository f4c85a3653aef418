/** Words that CEL keeps to itself. Source: apiserver `cel/escaping.go`. */
const KEYWORDS: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);
const ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/__/g, "__underscores__"],
  [/\./g, "__dot__"],
  [/-/g, "__dash__"],
  [/\//g, "__slash__"],
];

/** The name of a field in CEL; undefined when it cannot be written there. Source: apiserver `cel.Escape`. */
export function celName(field: string): string | undefined {
  if (KEYWORDS.has(field)) return `__${field}__`;
  const name = ESCAPES.reduce((text, [pattern, word]) => text.replace(pattern, word), field);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : undefined;
}
