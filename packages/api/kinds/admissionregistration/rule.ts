import { type FieldError, invalid, notSupported, required } from "@wherry/machinery";
import type { RuleWithOperations } from "../../generated/types.ts";
import { each, oneOfIfSet, present } from "../rules.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];
const ANY = "*";

/** Source: admissionregistration/v1 defaults `SetDefaults_Rule`. */
export function defaultRule(rule: RuleWithOperations): void {
  rule.scope ??= ANY;
}

/** Which requests a webhook or a policy is about. Source: admissionregistration validation `validateRuleWithOperations`. */
export function validateRule(rule: RuleWithOperations, path: string): FieldError[] {
  return [
    ...list(rule.operations, `${path}.operations`, "operations"),
    ...each(rule.operations, `${path}.operations`, (o, at) => (OPERATIONS.includes(o) ? [] : [notSupported(at, o, OPERATIONS)])),
    ...list(rule.apiGroups, `${path}.apiGroups`, "API groups"),
    ...list(rule.apiVersions, `${path}.apiVersions`, "API versions"),
    ...each(rule.apiVersions, `${path}.apiVersions`, (version, at) => present(at, version)),
    ...validateResources(rule.resources ?? [], `${path}.resources`),
    ...oneOfIfSet(`${path}.scope`, rule.scope, SCOPES),
  ];
}

function list(values: readonly string[] | undefined, path: string, what: string): FieldError[] {
  if (!values?.length) return [required(path)];
  const mixed = values.length > 1 && values.includes(ANY);
  return mixed ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)] : [];
}

/** Resources, with their subresources: `pods`, `pods/log`, `pods/*`, and so on. */
function validateResources(resources: readonly string[], path: string): FieldError[] {
  const plain = resources.some((r) => r !== "" && r !== ANY && !r.includes("/"));
  return [
    ...(resources.length === 0 ? [required(path)] : []),
    ...each(resources, path, (resource, at, i) => (resource === "" ? [required(at)] : covered(resource, resources.slice(0, i), at))),
    ...(resources.length > 1 && resources.includes("*/*")
      ? [invalid(path, resources, "if '*/*' is present, must not specify other resources")]
      : []),
    ...(plain && resources.includes(ANY)
      ? [invalid(path, resources, "if '*' is present, must not specify other resources without subresources")]
      : []),
  ];
}

function covered(resource: string, earlier: readonly string[], path: string): FieldError[] {
  const slash = resource.indexOf("/");
  if (slash < 0) return [];
  const wider = [`${resource.slice(0, slash)}/*`, `*/${resource.slice(slash + 1)}`].filter((w) => earlier.includes(w));
  return wider.map((w) => invalid(path, resource, `if '${w}' is present, must not specify ${resource}`));
}
