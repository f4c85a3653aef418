import { isData } from "../data.ts";
import { deepEqual } from "../deep-equal.ts";
import { duplicate, type FieldError, forbiddenField, invalid, required } from "../field-error.ts";
import { itemsBefore } from "../structural/items-before.ts";
import { type CelRule, itemsOf, type JsonSchema, stepTo, valuesOf } from "../structural/json-schema.ts";
import { CelLanguage, celOptional, type Program } from "./language.ts";
import { type Budget, PER_CALL_LIMIT } from "./meter.ts";
import { mostInRequest, sizeOfSchema } from "./size.ts";
import type { CelType } from "./values.ts";

/** What all rules over one object may cost. Source: apiserver `cel/config.RuntimeCELCostBudget`. */
const OBJECT_BUDGET = 10_000_000;

/** A rule that was compiled. */
interface CompiledRule {
  /** Its place in the schema. */
  path: string;
  of: CelRule;
  program: Program;
  message: Program | undefined;
  /** Whether it is about a change. */
  transition: boolean;
}

/** A part of a schema that has rules, or has parts that have some. */
interface RuledNode {
  schema: JsonSchema;
  type: CelType;
  rules: readonly CompiledRule[];
  properties: ReadonlyMap<string, RuledNode>;
  values: RuledNode | undefined;
  items: RuledNode | undefined;
}

/** What is wrong with a rule: its place in the schema, the part of it, and why. */
export interface RuleProblem {
  path: string;
  rule: CelRule;
  part: "rule" | "messageExpression" | "optionalOldSelf";
  detail: string;
}

/** What an expression of a rule costs at most, over all values of one object that it is asked about. */
export interface RuleCost {
  path: string;
  part: "rule" | "messageExpression";
  cost: number;
}

/** The rules of a schema (`x-kubernetes-validations`), ready to be asked. `loadCel` comes first. Source: apiextensions `cel.Validator`. */
export class CelRules {
  readonly #root: RuledNode | undefined;
  /** Rules that cannot be compiled; they are left out. */
  readonly problems: readonly RuleProblem[];

  constructor(schema: JsonSchema) {
    const problems: RuleProblem[] = [];
    const language = new CelLanguage();
    const found = collect(schema, "", true, language);
    this.problems = problems;
    this.#root = found && compileNode(found, language, problems);
  }

  /** What each expression may cost, by the bounds that the schema sets. Source: apiextensions `cel.CELSchemaContext`. */
  costs(): RuleCost[] {
    return this.#root ? costsOf(this.#root, true, 1) : [];
  }

  /** @param previous what was there before; undefined on a create */
  validate(object: unknown, previous?: unknown): FieldError[] {
    if (!this.#root) return [];
    const budget: Budget = { left: OBJECT_BUDGET };
    const errors: FieldError[] = [];
    try {
      evaluateNode(this.#root, object, previous, "", { budget, errors });
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      errors.push(error.finding);
    }
    return errors;
  }
}

/** A node before its rules are compiled: all types must be known first. */
interface Found {
  schema: JsonSchema;
  path: string;
  type: CelType;
  /** Whether what was there before can be told for every value here. */
  correlatable: boolean;
  properties: Map<string, Found>;
  values: Found | undefined;
  items: Found | undefined;
}

function collect(schema: JsonSchema, path: string, correlatable: boolean, language: CelLanguage, isRoot = true): Found | undefined {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  const ofItems = correlatable && schema["x-kubernetes-list-type"] === "map";
  const found: Found = {
    ...{ schema, path, correlatable },
    type: language.typeOf(schema, isRoot),
    properties: new Map(
      Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
        const inner = collect(property, `${path}.properties[${name}]`, correlatable, language, false);
        return inner ? [[name, inner] as const] : [];
      }),
    ),
    values: values && collect(values, `${path}.additionalProperties`, correlatable, language, false),
    items: items && collect(items, `${path}.items`, ofItems, language, false),
  };
  const empty = !found.values && !found.items && found.properties.size === 0 && !schema["x-kubernetes-validations"]?.length;
  return empty ? undefined : found;
}

function compileNode(found: Found, language: CelLanguage, problems: RuleProblem[]): RuledNode {
  const { schema, type } = found;
  const rules = (schema["x-kubernetes-validations"] ?? []).flatMap((rule, i) => {
    const at = `${found.path}.x-kubernetes-validations[${i}]`;
    const report = (part: RuleProblem["part"], detail: string) => problems.push({ path: at, rule, part, detail });
    return compileRule(rule, found, at, language, report) ?? [];
  });
  return {
    ...{ schema, type, rules },
    properties: new Map([...found.properties].map(([name, inner]) => [name, compileNode(inner, language, problems)])),
    values: found.values && compileNode(found.values, language, problems),
    items: found.items && compileNode(found.items, language, problems),
  };
}

type Report = (part: RuleProblem["part"], detail: string) => void;

function compileRule(
  rule: CelRule,
  { type, correlatable, path }: Found,
  at: string,
  language: CelLanguage,
  report: Report,
): CompiledRule | undefined {
  const variables = { self: type.name, oldSelf: rule.optionalOldSelf ? `optional<${type.name}>` : type.name };
  const compile = (part: "rule" | "messageExpression", text: string): Program | undefined => {
    try {
      return language.compile(text, variables);
    } catch (error) {
      report(part, (error as Error).message);
      return undefined;
    }
  };
  const program = compile("rule", rule.rule);
  const message = rule.messageExpression ? compile("messageExpression", rule.messageExpression) : undefined;
  if (message && message.type !== "string") report("messageExpression", "messageExpression must evaluate to a string");
  if (!program) return undefined;
  const transition = program.uses("oldSelf");
  if (program.type !== "bool") report("rule", "cel expression must evaluate to a bool");
  if (transition && !correlatable)
    report("rule", `oldSelf cannot be used on the uncorrelatable portion of the schema within ${path.replace(/^\./, "") || "self"}`);
  if (rule.optionalOldSelf && !transition) report("optionalOldSelf", "may not be set if oldSelf is not used in rule");
  return { of: rule, path: at, program, message, transition };
}

/** @param often how many such values one object can have by its schema; undefined without a bound */
function costsOf({ schema, rules, properties, values, items }: RuledNode, isRoot: boolean, often: number | undefined): RuleCost[] {
  const size = rules.length > 0 ? sizeOfSchema(schema, isRoot) : undefined;
  const count = often ?? mostInRequest(size ?? { bytes: 1 });
  const sizes = (optional: boolean | undefined) => ({ self: size, oldSelf: optional ? undefined : size });
  const own = rules.flatMap(({ of, path, program, message }): RuleCost[] => [
    { path, part: "rule", cost: program.estimate(sizes(of.optionalOldSelf)) * count },
    ...(message ? [{ path, part: "messageExpression" as const, cost: message.estimate(sizes(of.optionalOldSelf)) }] : []),
  ]);
  const within = (most: number | undefined) => (often === undefined || most === undefined ? undefined : often * most);
  return [
    ...own,
    ...[...properties.values()].flatMap((property) => costsOf(property, false, often)),
    ...(values ? costsOf(values, false, within(schema.maxProperties)) : []),
    ...(items ? costsOf(items, false, within(schema.maxItems)) : []),
  ];
}

interface Run {
  budget: Budget;
  errors: FieldError[];
}

/** No further rule may be asked. */
class BudgetSpent extends Error {
  readonly finding: FieldError;

  constructor(finding: FieldError) {
    super(finding.message);
    this.finding = finding;
  }
}

/** @param within whether something around the value that was known before was not touched: then nor was the value */
function evaluateNode(node: RuledNode, value: unknown, previous: unknown, path: string, run: Run, within = false): void {
  if (value === undefined || value === null) return;
  const alike = () => previous !== undefined && previous !== null && deepEqual(previous, value);
  const untouched = within || ((node.rules.length > 0 || Array.isArray(value)) && alike());
  if (node.rules.length > 0) evaluateRules(node, value, { previous, untouched }, path, run);
  const { items, values, properties } = node;
  if (Array.isArray(value)) {
    const known = itemsBefore(node.schema, previous);
    if (items) for (const [i, item] of value.entries()) evaluateNode(items, item, known(item), stepTo(path, i), run, untouched);
  } else if (isData(value)) {
    const before = isData(previous) ? previous : {};
    for (const [key, member] of Object.entries(value)) {
      const inner = properties.get(key) ?? (node.schema.properties?.[key] ? undefined : values);
      if (inner) evaluateNode(inner, member, Object.hasOwn(before, key) ? before[key] : undefined, stepTo(path, key), run, untouched);
    }
  }
}

/** What was wrong before and was not touched may stay. */
function evaluateRules(
  node: RuledNode,
  value: unknown,
  { previous, untouched }: { previous: unknown; untouched: boolean },
  path: string,
  run: Run,
): void {
  const before = previous ?? undefined;
  const self = node.type.convert(value);
  const oldSelf = before === undefined ? undefined : node.type.convert(before);
  for (const rule of node.rules) {
    if (rule.transition ? before === undefined && !rule.of.optionalOldSelf : untouched) continue;
    const old = rule.of.optionalOldSelf ? celOptional(oldSelf) : oldSelf;
    const finding = evaluateRule(rule, { self, ...(rule.transition && { oldSelf: old }) }, node, path || "<nil>", run);
    if (finding) run.errors.push(finding);
  }
}

function evaluateRule(
  { of, program, message }: CompiledRule,
  values: Record<string, unknown>,
  { schema }: RuledNode,
  path: string,
  { budget }: Run,
): FieldError | undefined {
  const type = schema.type ?? "";
  const text = of.message ?? `failed rule: ${of.rule.trim()}`;
  const outcome = evaluate(program, values, budget);
  if ("value" in outcome) {
    if (outcome.value === true) return undefined;
    const detail = (message && messageOf(message, values, budget)) || text;
    return failureOf(of, pathOf(path, of.fieldPath), type, detail);
  }
  if (budget.left <= 0)
    throw new BudgetSpent(
      invalid(path, type, "validation failed due to running out of cost budget, no further validation rules will be run"),
    );
  if (outcome.spent)
    throw new BudgetSpent(
      invalid(path, type, `'${text}': no further validation rules will be run due to call cost exceeds limit for rule: ${of.rule.trim()}`),
    );
  return invalid(path, type, `${outcome.error} evaluating rule: ${text}`);
}

/** One call, within its own limit and what is left for all. */
function evaluate(
  program: Program,
  values: Record<string, unknown>,
  budget: Budget,
): { value: unknown } | { error: string; spent: boolean } {
  const call: Budget = { left: Math.min(PER_CALL_LIMIT, budget.left) };
  const granted = call.left;
  try {
    return { value: program.run(values, call) };
  } catch (error) {
    return { error: (error as Error).message, spent: call.left < 0 };
  } finally {
    budget.left -= granted - Math.max(0, call.left);
  }
}

/** A message that an expression makes; undefined when it makes none that can be shown on a line. */
function messageOf(program: Program, values: Record<string, unknown>, budget: Budget): string | undefined {
  const outcome = evaluate(program, values, budget);
  const text = "value" in outcome && typeof outcome.value === "string" ? outcome.value.trim() : "";
  return text && !text.includes("\n") ? text : undefined;
}

/** The path of what a rule speaks of: `.spec.x` or `.labels['a-b']` from its own place on. */
function pathOf(path: string, fieldPath: string | undefined): string {
  if (!fieldPath) return path;
  const steps = fieldPath.replace(/\['([^']*)'\]/g, "[$1]");
  return path === "<nil>" ? steps.replace(/^\./, "") : `${path}${steps}`;
}

function failureOf({ reason }: CelRule, path: string, type: string, detail: string): FieldError {
  switch (reason) {
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueForbidden":
      return forbiddenField(path, detail);
    case "FieldValueDuplicate":
      return duplicate(path, type);
    default:
      return invalid(path, type, detail);
  }
}
