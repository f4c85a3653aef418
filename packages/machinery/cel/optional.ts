import type { Environment } from "@marcbachmann/cel-js";

/** What the library gives those that make a macro: only what is used here. */
interface Type {
  readonly kind: string;
  readonly valueType?: Type;
}
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Scope {
  forkWithVariable(name: string, type: Type): Scope;
  reuse(outer: Scope): Scope;
  setIterValue(value: unknown, evaluator: Evaluator): Scope;
}
interface Checker {
  check(node: Node, scope: Scope): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: Node): Error;
}
interface Evaluator {
  run(node: Node, scope: Scope): unknown;
}
interface Optional {
  hasValue(): boolean;
  value(): unknown;
}
interface MacroCall {
  ast: Node;
  receiver: Node;
  args: readonly [Node, Node];
}
interface Macro extends MacroCall {
  inner?: Scope;
}

/** Makes optionals: the library's own class. */
export interface OptionalMaker {
  of(value: unknown): object;
  none(): object;
}

/**
 * Adds `optMap(x, f(x))`, which makes a value of the one that is there, `optFlatMap`, which makes another optional, and `optional.ofNonZeroValue`. Source:
 * cel-go `cel.OptionalTypes`.
 */
export function optionalFunctions(env: Environment, optional: OptionalMaker): void {
  const ofNonZero = (_: object, value: unknown) => (isZero(value) ? optional.none() : optional.of(value));
  env.registerFunction("OptionalNamespace.ofNonZeroValue(A): optional<A>", ofNonZero);
  env.registerFunction("optional.optMap(ast, ast): optional<dyn>", expander(optional, false));
  env.registerFunction("optional.optFlatMap(ast, ast): optional<dyn>", expander(optional, true));
}

function isZero(value: unknown): boolean {
  if (value === null || value === "" || value === false || value === 0 || value === 0n) return true;
  if (value instanceof Map) return value.size === 0;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return typeof value === "object" && value.valueOf() === 0n;
}

function expander(optional: OptionalMaker, flat: boolean) {
  return ({ ast, receiver, args }: MacroCall) => ({
    ...{ ast, receiver, args },
    typeCheck: (checker: Checker, macro: Macro, scope: Scope) => check(checker, macro, scope, flat),
    evaluate: (evaluator: Evaluator, macro: Macro, scope: Scope) => {
      const made = evaluate(evaluator, macro, scope);
      return made.there && !flat ? optional.of(made.value) : made.value;
    },
  });
}

function check(checker: Checker, macro: Macro, scope: Scope, flat: boolean): Type {
  const [variable, body] = macro.args;
  if (variable.op !== "id") throw checker.createError("invalid_macro_argument", "argument must be a simple name", variable);
  const { valueType } = checker.check(macro.receiver, scope);
  macro.inner = scope.forkWithVariable(String(variable.args), valueType ?? checker.getType("dyn"));
  const type = checker.check(body, macro.inner);
  if (flat && type.kind !== "optional" && type.kind !== "dyn")
    throw checker.createError("optional_expected", `optFlatMap() must make an optional, got '${String(type)}'`, body);
  return flat ? type : checker.getType(`optional<${String(type)}>`);
}

/** What comes of the body; where there is no value, the optional without one. */
function evaluate(evaluator: Evaluator, { receiver, args, inner }: Macro, scope: Scope): { value: unknown; there: boolean } {
  const of = evaluator.run(receiver, scope) as Optional;
  if (!of.hasValue()) return { value: of, there: false };
  return { value: evaluator.run(args[1], (inner as Scope).reuse(scope).setIterValue(of.value(), evaluator)), there: true };
}
