import { type FieldError, forbiddenField, invalid, notSupported, required } from "@wherry/machinery";
import { CelRules } from "@wherry/machinery/cel/rules.ts";
import { type CelRule, itemsOf, type JsonSchema, valuesOf } from "@wherry/machinery/structural/json-schema.ts";

const REASONS = ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

/** Rules in CEL at every depth of a structural schema: are they whole, and can they be compiled? Source: apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`. */
export function validateRules(schema: JsonSchema, path: string): FieldError[] {
  const shape = validateShape(schema, path);
  if (!hasRules(schema) || shape.length > 0) return shape;
  return compiled(schema).problems.map((problem) =>
    invalid(`${path}${problem.path}.${problem.part}`, problem.rule[problem.part], problem.detail),
  );
}

const known = new WeakMap<JsonSchema, CelRules>();

/** The rules of a schema, which is looked at more than once while a definition is checked. */
function compiled(schema: JsonSchema): CelRules {
  const rules = known.get(schema) ?? new CelRules(schema);
  known.set(schema, rules);
  return rules;
}

/** What one expression may cost, and what all of a schema may. Source: apiextensions `validation.StaticEstimatedCostLimit`, `StaticEstimatedCRDCostLimit`. */
const COST_LIMIT = 10_000_000;
const SCHEMA_COST_LIMIT = 100_000_000;
/** How many of the most expensive rules are named when all together are too much. */
const NAMED = 4;

/** Rules that would cost too much by the bounds that the schema sets. Source: apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`. */
export function validateRuleCosts(schema: JsonSchema, path: string): FieldError[] {
  if (!hasRules(schema)) return [];
  const costs = compiled(schema).costs();
  const errors = costs.flatMap(({ path: at, part, cost }) =>
    cost > COST_LIMIT ? [forbiddenField(`${path}${at}.${part}`, tooExpensive(`estimated ${part} cost`, cost / COST_LIMIT))] : [],
  );
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  if (total <= SCHEMA_COST_LIMIT) return errors;
  const most = costs.toSorted((a, b) => b.cost - a.cost).slice(0, NAMED);
  const what = "estimated rule & messageExpression cost total";
  return [
    ...errors,
    ...most.map(({ path: at, part }) =>
      forbiddenField(`${path}${at}.${part}`, `contributed to ${what} exceeding cost limit for entire OpenAPIv3 schema`),
    ),
    forbiddenField(path, tooExpensive(`x-kubernetes-validations ${what} for entire OpenAPIv3 schema`, total / SCHEMA_COST_LIMIT)),
  ];
}

function tooExpensive(what: string, times: number): string {
  const factor = times > 100 ? "more than 100x" : `${times.toFixed(times < 1.5 ? 6 : 1)}x`;
  const advice = "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";
  return `${what} exceeds budget by factor of ${factor} (${advice})`;
}

const children = (schema: JsonSchema): [string, JsonSchema][] => [
  ...Object.entries(schema.properties ?? {}).map(([name, p]): [string, JsonSchema] => [`.properties[${name}]`, p]),
  ...[itemsOf(schema)].flatMap((items): [string, JsonSchema][] => (items ? [[".items", items]] : [])),
  ...[valuesOf(schema)].flatMap((values): [string, JsonSchema][] => (values ? [[".additionalProperties", values]] : [])),
];

function hasRules(schema: JsonSchema): boolean {
  return Boolean(schema["x-kubernetes-validations"]?.length) || children(schema).some(([, child]) => hasRules(child));
}

function validateShape(schema: JsonSchema, path: string): FieldError[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  return [
    ...rules.flatMap((rule, i) => validateRule(rule, `${path}.x-kubernetes-validations[${i}]`)),
    ...children(schema).flatMap(([step, child]) => validateShape(child, path + step)),
  ];
}

function validateRule({ rule, message, messageExpression, reason, fieldPath }: CelRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!rule?.trim()) errors.push(required(`${path}.rule`, "rule is not specified"));
  if (message !== undefined && !message.trim()) errors.push(invalid(`${path}.message`, message, "message must be non-empty if specified"));
  else if (message?.includes("\n")) errors.push(invalid(`${path}.message`, message, "message must not contain line breaks"));
  else if (!message && rule?.includes("\n"))
    errors.push(required(`${path}.message`, "message must be specified if rule contains line breaks"));
  if (messageExpression !== undefined && !messageExpression.trim())
    errors.push(required(`${path}.messageExpression`, "must be non-empty if specified"));
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, REASONS));
  if (fieldPath !== undefined && !/^(?:\.[A-Za-z_][\w-]*|\['[^']*'\])+$/.test(fieldPath))
    errors.push(invalid(`${path}.fieldPath`, fieldPath, `fieldPath must be a valid path: it is made of fields, as .a.b or ['a-b']`));
  return errors;
}
