import {
  duplicate,
  type FieldError,
  invalid,
  isDNS1035Label,
  isDNS1123Subdomain,
  notSupported,
  required,
  validateLabelSelector,
} from "@wherry/machinery";
import type { MutatingWebhook, ValidatingWebhook } from "../../generated/types.ts";
import { broken, each, oneOfIfSet } from "../rules.ts";
import { validateWebhookClient } from "../webhook-client.ts";
import { validateMatchConditions } from "./match-conditions.ts";
import { defaultRule, validateRule } from "./rule.ts";

export const FAILURE_POLICIES = ["Fail", "Ignore"];
export const MATCH_POLICIES = ["Equivalent", "Exact"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const TIMEOUT_SECONDS = 10;
const LONGEST_TIMEOUT_SECONDS = 30;
const HTTPS = 443;

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;

/** Source: admissionregistration/v1 defaults `SetDefaults_ValidatingWebhook`, `SetDefaults_ServiceReference`. */
export function defaultWebhook(hook: Webhook): void {
  hook.failurePolicy ??= "Fail";
  hook.matchPolicy ??= "Equivalent";
  hook.namespaceSelector ??= {};
  hook.objectSelector ??= {};
  hook.timeoutSeconds ??= TIMEOUT_SECONDS;
  hook.clientConfig ??= {};
  if (hook.clientConfig.service) hook.clientConfig.service.port ??= HTTPS;
  for (const rule of hook.rules ?? []) defaultRule(rule);
}

/** Source: admissionregistration validation `validateValidatingWebhook`, `validateMutatingWebhook`. */
export function validateWebhooks(hooks: readonly Webhook[] | undefined): FieldError[] {
  const names = (hooks ?? []).map((h) => h.name);
  return each(hooks, "webhooks", (hook, path, i) => [
    ...fullyQualified(hook.name ?? "", `${path}.name`),
    ...each(hook.rules, `${path}.rules`, validateRule),
    ...policies(hook, path),
    ...validateLabelSelector(hook.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${path}.objectSelector`),
    ...oneOfIfSet(`${path}.reinvocationPolicy`, hook.reinvocationPolicy, ["IfNeeded", "Never"]),
    ...validateWebhookClient(hook.clientConfig, `${path}.clientConfig`),
    ...validateMatchConditions(hook.matchConditions, `${path}.matchConditions`),
    ...reviewVersions(hook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`),
    ...(hook.name && names.indexOf(hook.name) < i ? [duplicate(`${path}.name`, hook.name)] : []),
  ]);
}

/** Source: apimachinery `validation.IsFullyQualifiedName`. */
function fullyQualified(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const errors = isDNS1123Subdomain(name);
  if (errors.length > 0) return [invalid(path, name, errors.join(","))];
  const detail = "should be a domain with at least three segments separated by dots";
  return name.split(".").length < 3 ? [invalid(path, name, detail)] : [];
}

function policies(hook: Webhook, path: string): FieldError[] {
  const { sideEffects, timeoutSeconds = TIMEOUT_SECONDS } = hook;
  const known = !sideEffects || SIDE_EFFECTS.includes(sideEffects);
  const inTime = timeoutSeconds >= 1 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS;
  return [
    ...oneOfIfSet(`${path}.failurePolicy`, hook.failurePolicy, FAILURE_POLICIES),
    ...oneOfIfSet(`${path}.matchPolicy`, hook.matchPolicy, MATCH_POLICIES),
    ...(sideEffects ? [] : [required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`)]),
    ...(known ? [] : [notSupported(`${path}.sideEffects`, sideEffects, SIDE_EFFECTS)]),
    ...(inTime ? [] : [invalid(`${path}.timeoutSeconds`, timeoutSeconds, "the timeout value must be between 1 and 30 seconds")]),
  ];
}

function reviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path, `must specify one of ${REVIEW_VERSIONS.join(", ")}`)];
  const known = versions.some((v) => REVIEW_VERSIONS.includes(v));
  return [
    ...each(versions, path, (v, at, i) =>
      versions.indexOf(v) < i ? [invalid(at, v, "duplicate version")] : broken(at, v, isDNS1035Label(v)),
    ),
    ...(known ? [] : [invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`)]),
  ];
}
