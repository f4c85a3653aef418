import { UsageError } from "../errors.ts";
import { type Folder, type Kustomization, parseYaml, type Replacement, type ReplacementOptions } from "./kustomization.ts";
import { select } from "./patch.ts";
import { type Data, idOf, idText, isData, type Resource } from "./resource.ts";

/** `replacements`: values that are taken from one field and put into others. Source: kustomize's api/filters/replacement. */
export async function replaceValues(all: readonly Resource[], folder: Folder, { replacements = [] }: Kustomization): Promise<void> {
  for (const given of replacements) for (const replacement of await listed(folder, given)) replace(all, replacement);
}

async function listed(folder: Folder, given: Replacement): Promise<Replacement[]> {
  if (!given.path) return [given];
  if (given.source || given.targets) throw new UsageError("cannot specify both path and inline replacement");
  const read = await parseYaml(folder.read(given.path).toString("utf8"), given.path);
  return Array.isArray(read) ? (read as Replacement[]) : [read as Replacement];
}

function replace(all: readonly Resource[], { source, targets }: Replacement): void {
  if (!source || !targets) throw new UsageError("replacements must specify a source and at least one target");
  const value = sourceValue(all, source);
  for (const { select: chosen, reject = [], fieldPaths = ["metadata.name"], options } of targets) {
    if (!chosen) throw new UsageError("target must specify resources to select");
    const rejected = reject.flatMap((one) => (Object.keys(one).length ? select(all, exact(one)) : []));
    const resources = select(all, exact(chosen)).filter((one) => !rejected.includes(one));
    for (const resource of resources)
      for (const path of fieldPaths) put(resource, path, value, options, Boolean(source.options?.delimiter));
  }
}

/** Replacements take names as they are; patches take them as regular expressions. */
function exact<T extends object>(selector: T): T {
  const plain = ["group", "version", "kind", "name", "namespace"];
  return Object.fromEntries(
    Object.entries(selector).map(([key, value]) => [
      key,
      plain.includes(key) ? String(value).replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : value,
    ]),
  ) as T;
}

function sourceValue(all: readonly Resource[], source: NonNullable<Replacement["source"]>): unknown {
  const { fieldPath = "metadata.name", options, ...selector } = source;
  const [found, ...more] = select(all, exact(selector));
  const what = Object.entries(selector)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
  if (!found) throw new UsageError(`nothing selected by the source of a replacement: ${what}`);
  if (more.length)
    throw new UsageError(`multiple matches for the source of a replacement (${what}): say which by its namespace, group or version`);
  let value: unknown;
  visit(found.object, steps(fieldPath), false, (at, key) => {
    value ??= at[key];
  });
  if (value === undefined) throw new UsageError(`fieldPath \`${fieldPath}\` is missing for replacement source ${idText(idOf(found))}`);
  if (!options?.delimiter) return value;
  const parts = String(value).split(options.delimiter);
  const index = options.index ?? 0;
  if (index < 0 || index >= parts.length) throw new UsageError(`options.index ${index} is out of bounds for value ${String(value)}`);
  return parts[index];
}

function put(resource: Resource, path: string, value: unknown, options: ReplacementOptions = {}, cut = false): void {
  let found = false;
  visit(resource.object, steps(path), Boolean(options.create), (at, key) => {
    found = true;
    at[key] = placed(at[key], value, options, cut);
  });
  if (!found) throw new UsageError(`unable to find field ${JSON.stringify(path)} in replacement target`);
}

function placed(old: unknown, value: unknown, { delimiter, index = 0 }: ReplacementOptions, cut: boolean): unknown {
  if (delimiter) {
    const parts = String(old ?? "").split(delimiter);
    if (index < 0) parts.unshift(String(value));
    else if (index >= parts.length) parts.push(String(value));
    else parts[index] = String(value);
    return parts.join(delimiter);
  }
  if (typeof old === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (typeof old === "number" && typeof value === "string" && value !== "" && Number.isFinite(Number(value))) return Number(value);
  // What was cut out of a text has no type of its own.
  if (old === undefined && cut && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(String(value))) return Number(value);
  return structuredClone(value);
}

/** A step of a path: a name, a place in a list, `*`, or the items with a field of a value. */
type Step = { key: string } | { field: string; value: string };

/** `spec.template.spec.containers.[name=web].image`; `\.` is a dot within a name. */
function steps(path: string): Step[] {
  const parts = path.match(/\[[^\]]*\]|(?:\\.|[^.[\]\\])+/g) ?? [];
  return parts.map((part) => {
    const [, field, value] = /^\[([^=]*)=(.*)\]$/s.exec(part) ?? [];
    return field === undefined ? { key: part.replace(/^\[(.*)\]$/, "$1").replace(/\\(.)/g, "$1") } : { field, value: value as string };
  });
}

function visit(at: unknown, [step, ...rest]: Step[], create: boolean, found: (at: Data, key: string) => void): void {
  if (!step || typeof at !== "object" || at === null) return;
  for (const key of keysOf(at, step, create)) {
    const holder = at as Data;
    if (!rest.length) {
      if (create || holder[key] !== undefined) found(holder, key);
      continue;
    }
    if ((holder[key] === undefined || holder[key] === null) && create) holder[key] = "field" in (rest[0] as Step) ? [] : {};
    visit(holder[key], rest, create, found);
  }
}

function keysOf(at: object, step: Step, create: boolean): string[] {
  if ("key" in step) {
    if (step.key === "*") return Object.keys(at);
    if (!Array.isArray(at)) return [step.key];
    return step.key === "-" ? [String(at.length - 1)] : [step.key];
  }
  if (!Array.isArray(at)) return [];
  const matching = at.flatMap((item, i) =>
    (isData(item) ? String(item[step.field]) : step.field ? "" : String(item)) === step.value ? [String(i)] : [],
  );
  if (matching.length || !create) return matching;
  at.push(step.field ? { [step.field]: step.value } : step.value);
  return [String(at.length - 1)];
}
