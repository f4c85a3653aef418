import { defineKind, duplicate, type FieldError, invalid, semanticEqual } from "@wherry/machinery";
import type { CSIDriverSpec, CSIDriver as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { each, immutable, oneOf } from "../rules.ts";
import { validateDriverName } from "./driver-name.ts";

export type CSIDriver = Type;

const SHORTEST_TOKEN_SECONDS = 600;
const LONGEST_TOKEN_SECONDS = 2 ** 32;

export const CSIDriver = defineKind<CSIDriver>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  plural: "csidrivers",
  singular: "csidriver",
  scope: "Cluster",
  schema: "io.k8s.api.storage.v1.CSIDriver",
  allowUnconditionalUpdate: false,
  returnsDeleted: true,
  defaults(o) {
    o.spec ??= {};
    o.spec.attachRequired ??= true;
    o.spec.podInfoOnMount ??= false;
    o.spec.storageCapacity ??= false;
    o.spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!o.spec.volumeLifecycleModes?.length) o.spec.volumeLifecycleModes = ["Persistent"];
    o.spec.requiresRepublish ??= false;
    o.spec.seLinuxMount ??= false;
  },
  validate: (o) => [...validateDriverName(o.metadata.name, "metadata.name"), ...validateSpec(o.spec, "spec")],
  validateUpdate({ spec: next }, { spec: prev }) {
    return [
      // Upstream names the field so.
      ...immutable("spec.attachedRequired", next.attachRequired, next.attachRequired === prev.attachRequired),
      ...immutable(
        "spec.volumeLifecycleModes",
        next.volumeLifecycleModes,
        semanticEqual(next.volumeLifecycleModes, prev.volumeLifecycleModes),
      ),
    ];
  },
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "AttachRequired", type: "boolean", value: (o) => o.spec.attachRequired ?? true },
    { name: "PodInfoOnMount", type: "boolean", value: (o) => o.spec.podInfoOnMount ?? false },
    { name: "StorageCapacity", type: "boolean", value: (o) => o.spec.storageCapacity ?? false },
    { name: "TokenRequests", type: "string", value: (o) => o.spec.tokenRequests?.map((r) => r.audience).join(",") ?? "<unset>" },
    { name: "RequiresRepublish", type: "boolean", value: (o) => o.spec.requiresRepublish ?? false },
    { name: "Modes", type: "string", value: (o) => o.spec.volumeLifecycleModes?.join(",") || "<none>" },
    ageColumn,
  ],
});

/** Source: storage validation `validateCSIDriverSpec`. */
function validateSpec(spec: CSIDriverSpec, path: string): FieldError[] {
  return [
    ...validateTokens(spec, `${path}.tokenRequests`),
    ...oneOf(`${path}.fsGroupPolicy`, spec.fsGroupPolicy, ["File", "None", "ReadWriteOnceWithFSType"]),
    ...each(spec.volumeLifecycleModes, `${path}.volumeLifecycleModes`, (mode) =>
      oneOf(`${path}.volumeLifecycleModes`, mode, ["Ephemeral", "Persistent"]),
    ),
  ];
}

function validateTokens({ tokenRequests }: CSIDriverSpec, path: string): FieldError[] {
  const audiences = new Set<string>();
  return each(tokenRequests, path, ({ audience = "", expirationSeconds: seconds }, at) => {
    const again = audiences.has(audience) ? [duplicate(`${at}.audience`, audience)] : [];
    audiences.add(audience);
    if (seconds === undefined) return again;
    if (seconds < SHORTEST_TOKEN_SECONDS)
      return [...again, invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes")];
    if (seconds > LONGEST_TOKEN_SECONDS)
      return [...again, invalid(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds")];
    return again;
  });
}
