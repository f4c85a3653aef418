import { defineKind, duplicate, type FieldError, invalid, isQualifiedName, required, semanticEqual } from "@wherry/machinery";
import type { CSINodeDriver, CSINode as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, each, nonNegative } from "../rules.ts";
import { validateDriverName } from "./driver-name.ts";

export type CSINode = Type;

const LONGEST_NODE_ID = 192;

export const CSINode = defineKind<CSINode>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSINode",
  plural: "csinodes",
  singular: "csinode",
  scope: "Cluster",
  schema: "io.k8s.api.storage.v1.CSINode",
  allowUnconditionalUpdate: false,
  defaults(o) {
    o.spec ??= { drivers: [] };
    o.spec.drivers ??= [];
  },
  validate,
  validateUpdate,
  warnings: notActedOn,
  columns: [nameColumn, { name: "Drivers", type: "integer", value: (o) => o.spec.drivers?.length ?? 0 }, ageColumn],
});

/** Source: storage validation `validateCSINodeDrivers`. */
function validate({ spec }: CSINode): FieldError[] {
  const names = new Set<string>();
  return each(spec.drivers, "spec.drivers", (driver, at) => {
    const again = names.has(driver.name) ? [duplicate(`${at}.name`, driver.name)] : [];
    names.add(driver.name);
    return [...validateDriver(driver, at), ...again];
  });
}

function validateDriver(driver: CSINodeDriver, path: string): FieldError[] {
  const id = driver.nodeID ?? "";
  return [
    ...validateDriverName(driver.name, `${path}.name`),
    ...(id ? [] : [required(`${path}.nodeID`)]),
    ...(id.length > LONGEST_NODE_ID ? [invalid(`${path}.nodeID`, id, `must be ${LONGEST_NODE_ID} characters or less`)] : []),
    ...nonNegative(`${path}.allocatable.count`, driver.allocatable?.count),
    ...(driver.topologyKeys ?? []).flatMap((key, i) => {
      const again = driver.topologyKeys?.indexOf(key) !== i ? [duplicate(`${path}.topologyKeys`, key)] : [];
      return [...(key ? broken(`${path}.topologyKeys`, key, isQualifiedName(key)) : [required(`${path}.topologyKeys`)]), ...again];
    }),
  ];
}

/** A driver that stays does not change. Source: storage validation `ValidateCSINodeUpdate`. */
function validateUpdate(next: CSINode, prev: CSINode): FieldError[] {
  return prev.spec.drivers.flatMap((before) => {
    const after = next.spec.drivers.find((driver) => driver.name === before.name);
    return after && !semanticEqual(after, before) ? [invalid("CSINodeDriver", after, "field is immutable")] : [];
  });
}
