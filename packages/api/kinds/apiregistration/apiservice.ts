import { rfc3339 } from "@wherry/base";
import {
  defineKind,
  type FieldError,
  invalid,
  isDNS1035Label,
  isDNS1123Subdomain,
  isPathSegmentName,
  notSupported,
  required,
} from "@wherry/machinery";
import type { APIServiceSpec, APIService as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { getCondition } from "../conditions.ts";
import { decodedLength } from "../core/data.ts";
import { type InertField, inertFieldWarnings } from "../inert-field.ts";
import { broken, each, present } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";

export type APIService = Type;

const MOST_GROUP_PRIORITY = 20000;
const MOST_VERSION_PRIORITY = 1000;
const HTTPS = 443;
const STATUSES = ["True", "False", "Unknown"];

const NOT_PASSED_ON = "stored, but requests are not passed on to other API servers in this version";
const NOT_ORDERED = "stored, but the order of groups and versions does not follow it in this version";

/** What an APIService may say in vain. */
export const API_SERVICE_INERT_FIELDS: readonly InertField[] = [
  ...["spec.service", "spec.caBundle", "spec.insecureSkipTLSVerify"].map((path) => ({ path, note: NOT_PASSED_ON })),
  ...["spec.groupPriorityMinimum", "spec.versionPriority"].map((path) => ({ path, note: NOT_ORDERED })),
];

export const APIService = defineKind<APIService>({
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  singular: "apiservice",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
  allowUnconditionalUpdate: false,
  subresources: { status: { type: "status" } },
  validateName: isPathSegmentName,
  prepareForCreate(o, { now }) {
    o.status = o.spec?.service ? {} : { conditions: [localCondition(now)] };
  },
  statusKeeps: ["annotations", "labels"],
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {} as APIServiceSpec;
    o.status ??= {};
    if (o.spec.service) o.spec.service.port ??= HTTPS;
  },
  validate,
  warnings: (o) => inertFieldWarnings(o, API_SERVICE_INERT_FIELDS),
  columns: [
    nameColumn,
    { name: "Service", type: "string", value: ({ spec: { service: s } }) => (s ? `${s.namespace ?? ""}/${s.name ?? ""}` : "Local") },
    { name: "Available", type: "string", value: available },
    ageColumn,
  ],
});

/** Source: kube-aggregator `apiregistration.NewLocalAvailableAPIServiceCondition`. */
function localCondition(now: number): NonNullable<NonNullable<APIService["status"]>["conditions"]>[number] {
  const message = "Local APIServices are always available";
  return { type: "Available", status: "True", lastTransitionTime: rfc3339(now), reason: "Local", message };
}

/** Source: apiregistration validation `ValidateAPIService`. */
function validate({ metadata, spec, status }: APIService): FieldError[] {
  const { group = "", version = "", groupPriorityMinimum: ofGroup = 0, versionPriority: ofVersion = 0 } = spec;
  const name = `${version}.${group}`;
  const misnamed = isPathSegmentName(metadata.name).length === 0 && metadata.name !== name;
  return [
    ...(misnamed ? [invalid("metadata.name", metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`)] : []),
    ...(!group && version !== "v1" ? [required("spec.group", "only v1 may have an empty group and it better be legacy kube")] : []),
    ...(group ? broken("spec.group", group, isDNS1123Subdomain(group)) : []),
    ...broken("spec.version", version, isDNS1035Label(version)),
    ...priority("spec.groupPriorityMinimum", ofGroup, MOST_GROUP_PRIORITY),
    ...priority("spec.versionPriority", ofVersion, MOST_VERSION_PRIORITY),
    ...(spec.service ? remote(spec) : local(spec)),
    ...each(status?.conditions, "status.conditions", ({ status: s }, at) =>
      STATUSES.includes(s) ? [] : [notSupported(`${at}.status`, s ?? "", STATUSES)],
    ),
  ];
}

function priority(path: string, value: number, most: number): FieldError[] {
  return value > 0 && value <= most ? [] : [invalid(path, value, `must be positive and less than ${most}`)];
}

function local({ caBundle = "", insecureSkipTLSVerify }: APIServiceSpec): FieldError[] {
  const size = decodedLength(caBundle);
  const insecure = "spec.insecureSkipTLSVerify";
  return [
    ...(size > 0 ? [invalid("spec.caBundle", `${size} bytes`, "local APIServices may not have a caBundle")] : []),
    ...(insecureSkipTLSVerify ? [invalid(insecure, true, "local APIServices may not have insecureSkipTLSVerify")] : []),
  ];
}

function remote({ service, caBundle, insecureSkipTLSVerify }: APIServiceSpec): FieldError[] {
  const both = Boolean(insecureSkipTLSVerify) && Boolean(caBundle);
  return [
    ...present("spec.service.namespace", service?.namespace),
    ...present("spec.service.name", service?.name),
    ...(both ? [invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present")] : []),
  ];
}

/** Source: kube-aggregator's table of APIServices. */
function available({ status }: APIService): string {
  const condition = getCondition(status?.conditions, "Available");
  if (!condition) return "Unknown";
  return condition.status !== "True" && condition.reason ? `${condition.status} (${condition.reason})` : condition.status;
}
