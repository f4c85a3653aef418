import type { Taint, Toleration } from "@wherry/api";

/** Whether one of the tolerations tolerates the taint. Source: core/v1 `Toleration.ToleratesTaint`. */
export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (toleration.key && toleration.key !== taint.key) return false;
    const operator = toleration.operator || "Equal";
    if (operator === "Exists") return true;
    return operator === "Equal" && (toleration.value ?? "") === (taint.value ?? "");
  });
}
