import type { Environment } from "@marcbachmann/cel-js";
import type { JsonSchema } from "../structural/json-schema.ts";
import { loadPatterns } from "../structural/pattern.ts";
import { type CelNode, nodesOf } from "./ast.ts";
import { compileError, evaluationMessage } from "./errors.ts";
import { estimateCost } from "./estimate.ts";
import { addFunctions, MATCHES } from "./functions.ts";
import { type Budget, metered } from "./meter.ts";
import type { Sized } from "./size.ts";
import { type CelType, SchemaTypes, sameObject } from "./values.ts";

type Library = typeof import("@marcbachmann/cel-js");

let library: Library | undefined;
let base: Environment | undefined;

/** Loads the language: what is below needs it. It takes its time and memory only where expressions are used. */
export async function loadCel(): Promise<void> {
  await loadPatterns();
  library ??= await import("@marcbachmann/cel-js");
  base ??= makeBase(library);
}

function makeBase({ Environment, Optional }: Library): Environment {
  const limits = { maxListElements: 10_000, maxMapEntries: 10_000, maxDepth: 100 };
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits });
  addFunctions(env, Optional);
  return env;
}

/** A value that may not be there, as the language has it. */
export function celOptional(value: unknown): unknown {
  if (!library) throw new Error("CEL is used before it is loaded");
  return value === undefined ? library.Optional.none() : library.Optional.of(value);
}

/** What an expression speaks of: variables by their types. */
export type Variables = Readonly<Record<string, string>>;

/** An expression that was read and checked. */
export interface Program {
  /** The type of what it gives, such as `bool`. */
  readonly type: string;
  /** Whether it speaks of this variable. */
  uses(variable: string): boolean;
  /** The most that a run may cost where its variables have these sizes; Infinity where there is no bound. */
  estimate(sizes: Readonly<Record<string, Sized | undefined>>): number;
  /**
   * Gives the outcome, and takes its cost from the budget. Throws an Error in cel-go's words; once the budget is spent its message begins with "call cost
   * exceeds limit".
   */
  run(values: Readonly<Record<string, unknown>>, budget: Budget): unknown;
}

/** Compiles expressions over values of one schema. Make one for each; `loadCel` comes first. */
export class CelLanguage {
  readonly #env: Environment;
  readonly #types: SchemaTypes;

  constructor() {
    if (!base) throw new Error("CEL is used before it is loaded");
    const env = base.clone();
    const parse = { timestamp: lazily(() => oneArgument("timestamp")), duration: lazily(() => oneArgument("duration")) };
    this.#env = env;
    this.#types = new SchemaTypes(
      ({ name, ctor, fields }) => {
        env.registerType(name, { ctor, fields });
        env.registerOperator(`${name} == ${name}`, sameObject);
      },
      { timestamp: (text) => parse.timestamp()({ text }), duration: (text) => parse.duration()({ text }) },
    );
  }

  /** The type of what a schema describes. Types must be asked for before the first expression is compiled. */
  typeOf(schema: JsonSchema, isRoot = false): CelType {
    return this.#types.typeOf(schema, isRoot);
  }

  /** Throws an Error in cel-go's words: `compilation failed: ERROR: <input>:1:6: undefined field 'x'` and the place in the text. */
  compile(expression: string, variables: Variables): Program {
    const env = this.#env.clone();
    for (const [name, type] of Object.entries(variables)) env.registerVariable(name, type);
    try {
      return checked(env, expression);
    } catch (error) {
      throw compileError(expression, error);
    }
  }
}

/** A function of the language, for values that come as texts. */
function oneArgument(name: string) {
  return base!.clone().registerVariable("text", "string").parse(`${name}(text)`);
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function checked(env: Environment, expression: string): Program {
  const parsed = env.parse(expression);
  const root = parsed.ast as unknown as CelNode;
  const nodes = nodesOf(root).map(({ node }) => node);
  // Patterns come from users, too.
  for (const { op, args } of nodes) if (op === "rcall" && Array.isArray(args) && args[0] === "matches") args[0] = MATCHES;
  const used = new Set(nodes.filter(({ op }) => op === "id").map(({ args }) => args));
  const outcome = parsed.check();
  if (!outcome.valid) throw outcome.error;
  const enough = metered(root);
  return {
    type: outcome.type ?? "dyn",
    uses: (variable) => used.has(variable),
    estimate: (sizes) => estimateCost(root, sizes).max,
    run: (values, budget) =>
      run(
        () => parsed(values as Record<string, unknown>),
        (work) => enough(budget, work),
      ),
  };
}

function run(evaluate: () => unknown, underBudget: (work: () => unknown) => boolean): unknown {
  let result: unknown;
  let failure: unknown;
  const within = underBudget(() => {
    try {
      result = evaluate();
    } catch (error) {
      failure = error;
    }
  });
  if (!within) throw new Error("call cost exceeds limit");
  if (failure !== undefined) throw new Error(evaluationMessage(failure));
  return result;
}
