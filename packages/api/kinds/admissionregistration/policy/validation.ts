import { duplicate, type FieldError, invalid, isDNS1035Label, isDNS1123Subdomain, isQualifiedName, required } from "@wherry/machinery";
import type {
  AuditAnnotation,
  MatchResources,
  ParamKind,
  ValidatingAdmissionPolicy,
  Validation,
  Variable,
} from "../../../generated/types.ts";
import { validateConditions } from "../../meta-conditions.ts";
import { broken, each, oneOf, oneOfIfSet, present } from "../../rules.ts";
import { type ExpressionUse, validateExpression } from "../expression.ts";
import { validateMatchConditions } from "../match-conditions.ts";
import { validateMatchResources } from "../match-resources.ts";
import { FAILURE_POLICIES } from "../webhook.ts";

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MOST_ANNOTATIONS = 20;
const LONGEST_VALUE_EXPRESSION = 5 * 1024;
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

/** What expressions of a policy may speak of. */
type Known = Pick<ExpressionUse, "params" | "variables">;

/** Source: admissionregistration validation `validateValidatingAdmissionPolicySpec`. */
export function validatePolicy({ metadata, spec, status }: ValidatingAdmissionPolicy): FieldError[] {
  const known = { params: spec.paramKind !== undefined, variables: Boolean(spec.variables?.length) };
  return [
    ...oneOf("spec.failurePolicy", spec.failurePolicy, FAILURE_POLICIES),
    ...(spec.paramKind ? paramKind(spec.paramKind, "spec.paramKind") : []),
    ...constraints(spec.matchConstraints),
    ...validateMatchConditions(spec.matchConditions, "spec.matchConditions", known.params),
    ...each(spec.variables, "spec.variables", (v, at) => variable(v, at, known)),
    ...rules(spec, metadata.name, known),
    ...each(status?.typeChecking?.expressionWarnings, "status.typeChecking.expressionWarnings", ({ warning, fieldRef }, at) => [
      ...present(`${at}.warning`, warning),
      ...present(`${at}.fieldRef`, fieldRef?.trim()),
    ]),
    ...validateConditions(status?.conditions, "status.conditions"),
  ];
}

function constraints(m: MatchResources | undefined): FieldError[] {
  const path = "spec.matchConstraints";
  if (!m) return [required(path)];
  return [...validateMatchResources(m, path), ...(m.resourceRules?.length ? [] : [required(`${path}.resourceRules`)])];
}

function rules(
  { validations = [], auditAnnotations: annotations = [] }: ValidatingAdmissionPolicy["spec"],
  name: string,
  known: Known,
): FieldError[] {
  const detail = "validations or auditAnnotations must contain at least one item";
  if (validations.length === 0 && annotations.length === 0)
    return [required("spec.validations", detail), required("spec.auditAnnotations", detail)];
  const keys = annotations.map((a) => a.key);
  const path = "spec.auditAnnotations";
  const many = `must not have more than ${MOST_ANNOTATIONS} auditAnnotations`;
  return [
    ...each(validations, "spec.validations", (v, at) => validation(v, at, known)),
    ...(annotations.length > MOST_ANNOTATIONS ? [invalid(path, annotations, many)] : []),
    ...each(annotations, path, (a, at, i) => [
      ...annotation(a, name, at, known),
      ...(keys.indexOf(a.key) < i ? [duplicate(`${at}.key`, a.key)] : []),
    ]),
  ];
}

function validation({ expression, message = "", messageExpression = "", reason }: Validation, path: string, known: Known): FieldError[] {
  const text = message.trim();
  return [
    ...present(`${path}.expression`, expression?.trim(), "expression is not specified"),
    ...validateExpression(`${path}.expression`, expression, { ...known, types: ["bool"] }),
    ...validateExpression(`${path}.messageExpression`, messageExpression, { ...known, types: ["string"] }),
    ...(messageExpression && !messageExpression.trim()
      ? [invalid(`${path}.messageExpression`, messageExpression, "must be non-empty if specified")]
      : []),
    ...(message && !text ? [invalid(`${path}.message`, message, "message must be non-empty if specified")] : []),
    ...(/[\r\n]/.test(text) ? [invalid(`${path}.message`, message, "message must not contain line breaks")] : []),
    ...oneOfIfSet(`${path}.reason`, reason, REASONS),
  ];
}

function annotation({ key = "", valueExpression = "" }: AuditAnnotation, policy: string, path: string, known: Known): FieldError[] {
  const qualified = `${policy}/${key}`;
  const expression = valueExpression.trim();
  const at = `${path}.valueExpression`;
  const long = expression.length > LONGEST_VALUE_EXPRESSION;
  return [
    ...broken(`${path}.key`, qualified, isQualifiedName(qualified)),
    ...present(at, expression, "valueExpression is not specified"),
    ...validateExpression(at, long ? undefined : expression, { ...known, types: ["string", "null"] }),
    ...(long ? [required(at, `must not exceed ${LONGEST_VALUE_EXPRESSION} bytes in length`)] : []),
  ];
}

function variable({ name = "", expression = "" }: Variable, path: string, known: Known): FieldError[] {
  const sound = IDENTIFIER.test(name) && !RESERVED.has(name);
  return [
    ...present(`${path}.name`, name.trim(), "name is not specified"),
    ...(name.trim() && !sound ? [invalid(`${path}.name`, name, "name is not a valid CEL identifier")] : []),
    ...present(`${path}.expression`, expression.trim(), "expression is not specified"),
    ...validateExpression(`${path}.expression`, expression, { ...known, types: "any" }),
  ];
}

/** Source: admissionregistration validation `validateParamKind`. */
function paramKind({ apiVersion, kind }: ParamKind, path: string): FieldError[] {
  return [
    ...(apiVersion ? groupVersion(apiVersion, `${path}.apiVersion`) : [required(`${path}.apiVersion`)]),
    ...kindName(kind, `${path}.kind`),
  ];
}

function groupVersion(text: string, path: string): FieldError[] {
  const parts = text === "/" ? [""] : text.split("/");
  if (parts.length > 2) return [invalid(path, text, `unexpected GroupVersion string: ${text}`)];
  const [version = "", group = ""] = parts.toReversed();
  const wrongGroup = group ? isDNS1123Subdomain(group) : [];
  const errors = wrongGroup.length > 0 ? [invalid(path, group, wrongGroup.join(","))] : [];
  if (!version) return [...errors, invalid(path, text, "version must be specified")];
  const wrong = isDNS1035Label(version);
  return wrong.length > 0 ? [...errors, invalid(path, version, wrong.join(","))] : errors;
}

function kindName(kind: string | undefined, path: string): FieldError[] {
  if (!kind) return [required(path)];
  const wrong = isDNS1035Label(kind.toLowerCase());
  return wrong.length > 0 ? [invalid(path, kind, `may have mixed case, but should otherwise match: ${wrong.join(",")}`)] : [];
}
