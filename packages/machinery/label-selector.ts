import {
  type LabelRequirement,
  type Labels,
  newRequirement,
  printRequirement,
  requirementHolds,
  type SelectorOperator,
} from "./label-requirement.ts";
import { parseRequirements } from "./label-selector-parser.ts";

/** A `metav1.LabelSelector`, as it stands in specs. */
export interface MetaLabelSelector {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** Selects objects by their labels. Immutable; its text parses back to the same selector. Source: apimachinery pkg/labels. */
export class LabelSelector {
  /** Matches all. */
  static readonly everything = new LabelSelector([]);
  /** Matches none: what an absent selector means. */
  static readonly nothing = new LabelSelector([], true);

  /** All must hold. Sorted by key. */
  readonly requirements: readonly LabelRequirement[];
  readonly #nothing: boolean;

  constructor(requirements: readonly LabelRequirement[], nothing = false) {
    this.requirements = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#nothing = nothing;
  }

  /** Whether it selects everything. */
  get empty(): boolean {
    return !this.#nothing && this.requirements.length === 0;
  }

  matches(labels: Labels): boolean {
    return !this.#nothing && this.requirements.every((r) => requirementHolds(r, labels));
  }

  toString(): string {
    return this.requirements.map(printRequirement).join(",");
  }
}

/** Reads `a=b,c in (d,e),!f`. Throws an Error in Kubernetes' words. */
export function parseLabelSelector(text: string): LabelSelector {
  return text.trim() === "" ? LabelSelector.everything : new LabelSelector(parseRequirements(text));
}

/** The selector of a spec: absent selects nothing, empty selects all. Throws an Error where it is not valid. */
export function labelSelectorFrom(selector: MetaLabelSelector | undefined): LabelSelector {
  if (!selector) return LabelSelector.nothing;
  const exact = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => newRequirement(key, "=", [value]));
  const others = (selector.matchExpressions ?? []).map((e) => newRequirement(e.key, specOperator(e.operator), e.values ?? []));
  return new LabelSelector([...exact, ...others]);
}

/** The selector of exactly these labels, as a Service or a ReplicationController has it: none given selects all. */
export function labelSelectorOf(labels: Labels): LabelSelector {
  return new LabelSelector(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: "=", values: [value] })));
}

const SPEC_OPERATORS: Readonly<Record<string, SelectorOperator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

function specOperator(name: string): SelectorOperator {
  const operator = Object.hasOwn(SPEC_OPERATORS, name) ? SPEC_OPERATORS[name] : undefined;
  if (!operator) throw new Error(`${JSON.stringify(name)} is not a valid label selector operator`);
  return operator;
}
