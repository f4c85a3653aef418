import type { LabelSelector, Labels } from "@wherry/machinery";

/** One `key=value` without which a pod does not fit the selector; empty when it asks for none. */
export function anchorOf(selector: LabelSelector): string {
  const exact = selector.requirements.find(({ operator, values }) => values.length === 1 && EXACT.has(operator));
  return exact ? `${exact.key}=${exact.values[0]}` : "";
}
const EXACT = new Set(["=", "==", "in"]);

/** Things with selectors, found by the labels of a pod that may fit them, at the cost of those labels. */
export class AnchorTable<E> {
  readonly #entries = new Map<string, Set<E>>();

  add(anchor: string, entry: E): void {
    const entries = this.#entries.get(anchor);
    if (entries) entries.add(entry);
    else this.#entries.set(anchor, new Set([entry]));
  }

  delete(anchor: string, entry: E): void {
    const entries = this.#entries.get(anchor);
    if (entries?.delete(entry) && entries.size === 0) this.#entries.delete(anchor);
  }

  /** Calls `fn` with each entry whose selector may choose a pod of these labels; no entry twice. */
  forEach(labels: Labels, fn: (entry: E) => void): void {
    if (this.#entries.size === 0) return;
    for (const entry of this.#entries.get("") ?? []) fn(entry);
    for (const key in labels) {
      const entries = this.#entries.get(`${key}=${labels[key]}`);
      if (entries) for (const entry of entries) fn(entry);
    }
  }
}
