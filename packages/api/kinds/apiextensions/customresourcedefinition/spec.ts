import { type FieldError, forbiddenField, invalid, isDNS1035Label, isDNS1123Subdomain, required } from "@wherry/machinery";
import type { CustomResourceConversion, CustomResourceDefinitionNames, CustomResourceDefinitionSpec } from "../../../generated/types.ts";
import { each, oneOf } from "../../rules.ts";
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

/** Source: apiextensions `validateCustomResourceConversion`; but webhooks are refused. */
function validateConversion(conversion: CustomResourceConversion | undefined): FieldError[] {
  if (!conversion) return [];
  const path = "spec.conversion";
  const errors = oneOf(`${path}.strategy`, conversion.strategy, ["None", "Webhook"]);
  if (conversion.strategy === "Webhook")
    errors.push(forbiddenField(`${path}.strategy`, "conversion by a webhook is not served by this cluster: use None"));
  else if (conversion.webhook) errors.push(forbiddenField(`${path}.webhook`, "should not be set when strategy is not set to Webhook"));
  return errors;
}
