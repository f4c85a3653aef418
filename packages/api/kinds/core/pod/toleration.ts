import { duplicate, type FieldError, invalid, isQualifiedName, isValidLabelValue, notSupported } from "@wherry/machinery";
import type { Taint, Toleration } from "../../../generated/types.ts";
import { broken, each, named, oneOf, oneOfIfSet } from "../../rules.ts";

export const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Whether the toleration bears the taint. Source: component-helpers `Toleration.ToleratesTaint`. */
export function toleratesTaint(t: Toleration, taint: Taint): boolean {
  if (t.effect && t.effect !== taint.effect) return false;
  if (t.key && t.key !== taint.key) return false;
  return t.operator === "Exists" || ((t.operator || "Equal") === "Equal" && Boolean(t.key) && (t.value ?? "") === (taint.value ?? ""));
}

/** Source: core validation `ValidateTolerations`. */
export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  return each(tolerations, path, (t, at) => [
    ...(t.key ? broken(`${at}.key`, t.key, isQualifiedName(t.key)) : []),
    ...emptyKey(t, at),
    ...(t.tolerationSeconds !== undefined && t.effect !== "NoExecute"
      ? [invalid(`${at}.effect`, t.effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
    ...operator(t, `${at}.operator`),
    ...(t.effect ? oneOfIfSet(`${at}.effect`, t.effect, TAINT_EFFECTS) : []),
  ]);
}

function emptyKey(t: Toleration, path: string): FieldError[] {
  if (t.key || t.operator === "Exists") return [];
  const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  return [invalid(`${path}.operator`, t.operator ?? "", detail)];
}

function operator(t: Toleration, path: string): FieldError[] {
  switch (t.operator || "Equal") {
    case "Equal": {
      const messages = isValidLabelValue(t.value ?? "");
      return messages.length > 0 ? [invalid(path, t.value, messages.join(";"))] : [];
    }
    case "Exists":
      return t.value ? [invalid(path, t, "value must be empty when `operator` is 'Exists'")] : [];
    default:
      return [notSupported(path, t.operator, ["Equal", "Exists"])];
  }
}

/** Source: core validation `validateNodeTaints`. */
export function validateTaints(taints: readonly Taint[] | undefined, path: string): FieldError[] {
  const taken = new Set<string>();
  return each(taints, path, (t, at) => {
    const id = `${t.key}:${t.effect}`;
    const again = taken.has(id) ? [duplicate(at, t)] : [];
    taken.add(id);
    return [
      ...named(`${at}.key`, t.key, isQualifiedName),
      ...broken(`${at}.value`, t.value, isValidLabelValue(t.value ?? "")),
      ...oneOf(`${at}.effect`, t.effect, TAINT_EFFECTS),
      ...again,
    ];
  });
}
