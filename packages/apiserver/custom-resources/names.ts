import { type CustomResourceDefinition, type CustomResourceDefinitionNames, isConditionTrue, setCondition } from "@wherry/api";
import { deepEqual, type Registry } from "@wherry/machinery";

/** Names that others of a group have. */
interface Taken {
  resources: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
}

/** A definition, as far as others in its group must know it. */
export interface NameHolder {
  metadata: { name: string };
  spec: { group: string };
  status?: { acceptedNames?: CustomResourceDefinitionNames };
}

/** What a definition's names came to: its status, as it should be. */
type Status = NonNullable<CustomResourceDefinition["status"]>;

/**
 * Accepts the names that nobody else in the group has, and says in the conditions which are taken. Names that were accepted once stay. Source: apiextensions
 * `status.NamingConditionController`, `establish.EstablishingController`.
 */
export function acceptNames(crd: CustomResourceDefinition, others: readonly NameHolder[], builtin: Registry, now: number): Status {
  const taken = takenIn(crd.spec.group, others, builtin);
  const { names, conflict } = decide(crd, taken);
  const accepted = conflict
    ? { type: "NamesAccepted", status: "False", ...conflict }
    : { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
  const status = crd.status ?? {};
  let conditions = setCondition(status.conditions, accepted, now);
  if (!isConditionTrue(conditions, "Established")) conditions = setCondition(conditions, establishedBy(conflict === undefined), now);
  return { ...status, acceptedNames: names, conditions: [...conditions] };
}

function establishedBy(accepted: boolean) {
  const type = "Established";
  return accepted
    ? { type, status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" }
    : { type, status: "False", reason: "NotAccepted", message: "not all names are accepted" };
}

function takenIn(group: string, others: readonly NameHolder[], builtin: Registry): Taken {
  const names = others.filter(({ spec }) => spec.group === group).flatMap(({ status }) => status?.acceptedNames ?? []);
  const own = builtin.kinds.filter((kind) => kind.group === group);
  return {
    resources: new Set([
      ...names.flatMap((n) => [n.plural, n.singular ?? "", ...(n.shortNames ?? [])]),
      ...own.flatMap((kind) => [kind.plural, kind.singular, ...(kind.shortNames ?? [])]),
    ]),
    kinds: new Set([...names.flatMap((n) => [n.kind, n.listKind ?? ""]), ...own.flatMap(({ kind }) => [kind, `${kind}List`])]),
  };
}

const inUse = (name: string) => `${JSON.stringify(name)} is already in use`;

interface Decision {
  names: CustomResourceDefinitionNames;
  /** The last of the conflicts, as upstream tells it. */
  conflict?: { reason: string; message: string };
}

function decide({ spec, status }: CustomResourceDefinition, taken: Taken): Decision {
  const wanted = spec.names;
  const before = status?.acceptedNames ?? { kind: "", plural: "" };
  const names: CustomResourceDefinitionNames = { ...before };
  const decision: Decision = { names };
  const one = (name: "plural" | "singular" | "kind" | "listKind", used: ReadonlySet<string>, reason: string) => {
    const value = wanted[name] ?? "";
    if (value !== before[name] && used.has(value)) decision.conflict = { reason, message: inUse(value) };
    else if (value) names[name] = value;
  };
  one("plural", taken.resources, "PluralConflict");
  one("singular", taken.resources, "SingularConflict");
  decideShortNames(decision, wanted.shortNames ?? [], before.shortNames ?? [], taken.resources);
  one("kind", taken.kinds, "KindConflict");
  one("listKind", taken.kinds, "ListKindConflict");
  if (wanted.categories?.length) names.categories = wanted.categories;
  else delete names.categories;
  return decision;
}

function decideShortNames(decision: Decision, wanted: readonly string[], before: readonly string[], taken: ReadonlySet<string>): void {
  if (deepEqual(wanted, before)) return;
  const clashes = wanted.filter((name) => !before.includes(name) && taken.has(name)).map(inUse);
  if (clashes.length > 0) {
    decision.conflict = {
      reason: "ShortNamesConflict",
      message: clashes.length === 1 ? (clashes[0] as string) : `[${clashes.join(", ")}]`,
    };
  } else if (wanted.length > 0) decision.names.shortNames = [...wanted];
  else delete decision.names.shortNames;
}
