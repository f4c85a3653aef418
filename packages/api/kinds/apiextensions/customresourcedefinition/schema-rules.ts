import { type FieldError, invalid, notSupported, required } from "@wherry/machinery";
import { CelRules } from "@wherry/machinery/cel/rules.ts";
import { type CelRule, itemsOf, type JsonSchema, valuesOf } from "@wherry/machinery/structural/json-schema.ts";

const REASONS = ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

/** Rules in CEL at every depth of a structural schema: are they whole, and can they be compiled? Source: apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`. */
export function validateRules(schema: JsonSchema, path: string): FieldError[] {
  const shape = validateShape(schema, path);
  if (!hasRules(schema) || shape.length > 0) return shape;
  return new CelRules(schema).problems.map((problem) =>
    invalid(`${path}${problem.path}.${problem.part}`, problem.rule[problem.part], problem.detail),
  );
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
