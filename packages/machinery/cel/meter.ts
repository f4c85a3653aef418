import { type CelNode, nodesOf } from "./ast.ts";

/** What an evaluation may cost: a step of it is 1, and ten characters, or an item, that a step looks at are 1 more. */
export interface Budget {
  left: number;
}

/** Source: apiserver `cel/config.PerCallLimit`: about a tenth of a second. */
export const PER_CALL_LIMIT = 1_000_000;

/** Thrown by every step once nothing is left. It has no place and no stack: it may be thrown often, since `||` and `exists` catch errors. */
class OutOfBudget extends Error {
  override name = "OutOfBudget";
}
const OUT = new OutOfBudget("call cost exceeds limit");

/** These look at all of what they are given. */
const LINEAR: ReadonlySet<string> = new Set(["==", "!=", "+", "in", "call", "rcall"]);

type Evaluate = (this: unknown, evaluator: unknown, node: unknown, context: unknown) => unknown;

/**
 * Makes every step of a checked expression pay: loops are over data that users write, so a rule could run for hours. Gives what runs a piece of work under a
 * budget; true when the budget was enough.
 */
export function metered(root: CelNode): (budget: Budget, work: () => unknown) => boolean {
  const meter: { budget: Budget } = { budget: { left: 0 } };
  const charge = (cost: number) => {
    meter.budget.left -= cost;
    if (meter.budget.left < 0) throw OUT;
  };
  for (const { node, sized } of nodesOf(root, LINEAR)) meterStep(node, sized, charge);
  return (budget, work) => {
    meter.budget = budget;
    work();
    return budget.left >= 0;
  };
}

function meterStep(node: CelNode, sized: boolean, charge: (cost: number) => void): void {
  const wrap = (evaluate: Evaluate): Evaluate =>
    function (evaluator, ast, context) {
      charge(1);
      const result = evaluate.call(this, evaluator, ast, context);
      if (sized && typeof result !== "boolean") charge(sizeOf(result));
      return result;
    };
  const macro = node.meta.macro as { evaluate?: Evaluate } | undefined;
  if (macro?.evaluate) macro.evaluate = wrap(macro.evaluate);
  else node.setMeta("evaluate", wrap(node.meta.evaluate as Evaluate));
}

const sizes = new WeakMap<object, number>();

/** How much there is to look at, at every depth; remembered, because values never change. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length / 10;
  if (typeof value !== "object" || value === null) return 0;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const parts = value instanceof Map ? [...value.values()] : Object.values(value);
  const size = parts.reduce<number>((sum, part) => sum + 1 + sizeOf(part), 0);
  sizes.set(value, size);
  return size;
}
