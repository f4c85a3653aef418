/**
 * Replaces `$(NAME)` by what `lookup` gives; a name that it does not know stays as written, and `$$` is one `$`.
 * Source: third_party/forked/golang/expansion.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, kind: string, name: string) => (kind === "$" ? "$" : (lookup(name) ?? whole)));
}

/** Like `expand`, but gives the first unknown name instead of leaving it. Used where a wrong guess would be unsafe, as in `subPathExpr`. */
export function expandStrictly(text: string, lookup: (name: string) => string | undefined): { text: string } | { missing: string } {
  let missing: string | undefined;
  const expanded = expand(text, (name) => {
    const value = lookup(name);
    if (value === undefined) missing ??= name;
    return value;
  });
  return missing === undefined ? { text: expanded } : { missing };
}
