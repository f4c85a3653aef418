type Engine = typeof import("re2js").RE2JS;

let engine: Engine | undefined;
const MAX_KNOWN = 1000;
const known = new Map<string, (text: string) => boolean>();

/** Loads the engine for patterns: the functions below need it. It takes its time and memory only where patterns are used. */
export async function loadPatterns(): Promise<void> {
  engine ??= (await import("re2js")).RE2JS;
}

/**
 * A regular expression as Kubernetes reads it (RE2's language), as a test of whether some part of a text matches. It takes time linear in the text,
 * whatever the pattern. Throws an Error in RE2's words when it is none, and when `loadPatterns` was not called.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const found = known.get(pattern);
  if (found) return found;
  if (!engine) throw new Error("patterns are used before their engine is loaded");
  const compiled = engine.compile(pattern);
  const test = (text: string) => compiled.matcher(text).find();
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(pattern, test);
  return test;
}

/** All parts of a text that match, at most `limit` of them (all when negative). Throws as `compilePattern`. */
export function findMatches(pattern: string, text: string, limit: number): string[] {
  if (!engine) throw new Error("patterns are used before their engine is loaded");
  const matcher = engine.compile(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}
