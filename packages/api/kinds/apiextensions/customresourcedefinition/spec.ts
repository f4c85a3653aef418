import { type FieldError, forbiddenField, invalid, isDNS1035Label, isDNS1123Subdomain, required } from "@wherry/machinery";
import type { CustomResourceConversion, CustomResourceDefinitionNames, CustomResourceDefinitionSpec } from "../../../generated/types.ts";
import { each, oneOf } from "../../rules.ts";
import { validateWebhookClient } from "../../webhook-client.ts";
import { validateVersion } from "./version.ts";

/** Source: apiextensions `validateCustomResourceDefinitionSpec`. */
export function validateSpec(spec: CustomResourceDefinitionSpec | undefined): FieldError[] {
  if (!spec) return [required("spec")];
  return [
    ...validateGroup(spec.group),
    ...oneOf("spec.scope", spec.scope, ["Cluster", "Namespaced"]),
    ...validateVersions(spec),
    ...requiredNames(spec.names ?? {}),
    ...validateNames(spec.names ?? {}),
    ...validateConversion(spec.conversion),
    ...(spec.preserveUnknownFields
      ? [
          invalid(
            "spec.preserveUnknownFields",
            true,
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
          ),
        ]
      : []),
  ];
}

/** One finding for all that is wrong with a name. */
export function joined(path: string, value: string | undefined, rule: (value: string) => string[], before = ""): FieldError[] {
  const wrong = value ? rule(value) : [];
  return wrong.length > 0 ? [invalid(path, value, before + wrong.join(","))] : [];
}

function validateGroup(group: string | undefined): FieldError[] {
  if (!group) return [required("spec.group")];
  const wrong = joined("spec.group", group, isDNS1123Subdomain);
  if (wrong.length > 0 || group.includes(".")) return wrong;
  return [invalid("spec.group", group, "should be a domain with at least one dot")];
}

function validateVersions({ versions = [] }: CustomResourceDefinitionSpec): FieldError[] {
  const path = "spec.versions";
  const errors = each(versions, path, (version, at) => [
    ...(version.name ? joined(`${at}.name`, version.name, isDNS1035Label) : [invalid(`${at}.name`, "", isDNS1035Label("").join(","))]),
    ...validateVersion(version, at),
  ]);
  const names = versions.map(({ name }) => name);
  if (new Set(names).size < names.length) errors.push(invalid(path, names, "must contain unique version names"));
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalid(path, names, "must have exactly one version marked as storage version"));
  return errors;
}

function requiredNames(names: Partial<CustomResourceDefinitionNames>): FieldError[] {
  return (["plural", "singular", "kind", "listKind"] as const).flatMap((name) => (names[name] ? [] : [required(`spec.names.${name}`)]));
}

const mixedCase = (value: string) => isDNS1035Label(value.toLowerCase());

/** Source: apiextensions `ValidateCustomResourceDefinitionNames`. */
function validateNames(names: Partial<CustomResourceDefinitionNames>): FieldError[] {
  const path = "spec.names";
  const mixed = "may have mixed case, but should otherwise match: ";
  return [
    ...joined(`${path}.plural`, names.plural, isDNS1035Label),
    ...joined(`${path}.singular`, names.singular, isDNS1035Label),
    ...joined(`${path}.kind`, names.kind, mixedCase, mixed),
    ...joined(`${path}.listKind`, names.listKind, mixedCase, mixed),
    ...each(names.shortNames, `${path}.shortNames`, (name, at) => joined(at, name, isDNS1035Label)),
    ...(names.kind && names.kind === names.listKind
      ? [invalid(`${path}.listKind`, names.listKind, "kind and listKind may not be the same")]
      : []),
    ...each(names.categories, `${path}.categories`, (name, at) => joined(at, name, isDNS1035Label)),
  ];
}

/** Source: apiextensions `validateCustomResourceConversion`; the paths are those of its internal type. */
function validateConversion(conversion: CustomResourceConversion | undefined): FieldError[] {
  if (!conversion) return [];
  const path = "spec.conversion";
  const errors = oneOf(`${path}.strategy`, conversion.strategy, ["None", "Webhook"]);
  const { webhook } = conversion;
  const [client, reviews] = [`${path}.webhookClientConfig`, `${path}.conversionReviewVersions`];
  if (conversion.strategy === "Webhook")
    return [
      ...errors,
      ...(webhook?.clientConfig
        ? validateWebhookClient(webhook.clientConfig, client)
        : [required(client, "required when strategy is set to Webhook")]),
      ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], reviews),
    ];
  const unwanted = "should not be set when strategy is not set to Webhook";
  if (webhook?.clientConfig) errors.push(forbiddenField(client, unwanted));
  if (webhook?.conversionReviewVersions?.length) errors.push(forbiddenField(reviews, unwanted));
  return errors;
}

const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** Source: apiextensions `validateConversionReviewVersions`. */
function validateReviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(`${path}[${i}]`, version, "duplicate version")]
      : isDNS1035Label(version).map((why) => invalid(`${path}[${i}]`, version, why)),
  );
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version)))
    errors.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
  return errors;
}
