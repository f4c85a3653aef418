import { defineKind, duplicate, type FieldError, isDNS1123Label, semanticEqual, validateLabels } from "@wherry/machinery";
import type { RuntimeClass as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateTolerations } from "../core/pod/toleration.ts";
import { canonicalize, containerResourceName, resourceAmount } from "../core/resources.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, immutable } from "../rules.ts";

export type RuntimeClass = Type;

export const RuntimeClass = defineKind<RuntimeClass>({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  singular: "runtimeclass",
  scope: "Cluster",
  schema: "io.k8s.api.node.v1.RuntimeClass",
  allowUnconditionalUpdate: false,
  defaults(o) {
    canonicalize(o.overhead?.podFixed);
  },
  validate,
  validateUpdate: (next, prev) => immutable("handler", next.handler, next.handler === prev.handler),
  warnings: notActedOn,
  columns: [nameColumn, { name: "Handler", type: "string", value: (o) => o.handler ?? "" }, ageColumn],
});

/** Source: node validation `ValidateRuntimeClass`. */
function validate({ handler = "", overhead, scheduling }: RuntimeClass): FieldError[] {
  const podFixed = Object.entries(overhead?.podFixed ?? {}).flatMap(([name, amount]) => [
    ...containerResourceName(`overhead.podFixed[${name}]`, name),
    ...resourceAmount(`overhead.podFixed[${name}]`, name, amount),
  ]);
  const tolerations = scheduling?.tolerations ?? [];
  return [
    ...broken("handler", handler, isDNS1123Label(handler)),
    ...podFixed,
    ...validateLabels(scheduling?.nodeSelector, "scheduling.nodeSelector"),
    ...validateTolerations(tolerations, "scheduling.tolerations"),
    ...tolerations.flatMap((toleration, i) => {
      const again = tolerations.slice(0, i).some((other) => semanticEqual(other, toleration));
      return again ? [duplicate(`scheduling.tolerations[${i}]`, toleration)] : [];
    }),
  ];
}
