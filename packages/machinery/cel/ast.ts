/**
 * What a parsed expression is made of, as far as it matters here. The library shows nodes only for reading; that it also takes changes in `meta` is known of this very
 * version, and a test fails when that is no longer so.
 */
export interface CelNode {
  readonly op: string;
  args: unknown;
  readonly start?: number;
  readonly meta: Record<string, unknown>;
  setMeta(key: string, value: unknown): unknown;
}

/** A node, and whether one of `linear` above it looks at its result as a whole. */
export interface Step {
  node: CelNode;
  sized: boolean;
}

/** All nodes from here down, each once; also those that macros stand for. */
export function nodesOf(root: CelNode, linear: ReadonlySet<string> = new Set()): Step[] {
  const found = new Map<object, Step>();
  const visit = (value: unknown, sized: boolean): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) visit(item, sized);
    } else if (isNode(value)) {
      const known = found.get(value);
      if (known) known.sized ||= sized;
      else {
        found.set(value, { node: value, sized });
        const inner = linear.has(value.op);
        for (const part of [value.args, value.meta.alternate, value.meta.macro]) visit(part, inner);
      }
    } else if (isPlain(value)) {
      for (const part of Object.values(value)) visit(part, false);
    }
  };
  visit(root, false);
  return [...found.values()];
}

const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

function isNode(value: object): value is CelNode {
  return "op" in value && "args" in value && "setMeta" in value;
}
