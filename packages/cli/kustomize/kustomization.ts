import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { MANIFEST_YAML } from "@wherry/client/manifest-yaml.ts";
import type { DocumentOptions, ParseOptions, SchemaOptions } from "yaml";
import { UsageError } from "../errors.ts";
import { type Data, isData } from "./resource.ts";

/** The data of a generated ConfigMap or Secret. */
export interface Generator {
  name?: string;
  namespace?: string;
  behavior?: string;
  type?: string;
  literals?: string[];
  files?: string[];
  envs?: string[];
  env?: string;
  options?: GeneratorOptions;
}

export interface GeneratorOptions {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  disableNameSuffixHash?: boolean;
  immutable?: boolean;
}

/** Which resources: names, kinds and namespaces are regular expressions. */
export interface Selector {
  group?: string;
  version?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  labelSelector?: string;
  annotationSelector?: string;
}

export interface Patch {
  path?: string;
  patch?: string;
  target?: Selector;
  options?: { allowNameChange?: boolean; allowKindChange?: boolean };
}

export interface ReplacementOptions {
  delimiter?: string;
  index?: number;
  create?: boolean;
}

export interface Replacement {
  path?: string;
  source?: Selector & { fieldPath?: string; options?: ReplacementOptions };
  targets?: { select?: Selector; reject?: Selector[]; fieldPaths?: string[]; options?: ReplacementOptions }[];
}

export interface LabelEntry {
  pairs?: Record<string, string>;
  includeSelectors?: boolean;
  includeTemplates?: boolean;
  fields?: unknown[];
}

/** What a kustomization says. */
export interface Kustomization {
  apiVersion?: string;
  kind?: string;
  resources?: string[];
  bases?: string[];
  components?: string[];
  namespace?: string;
  namePrefix?: string;
  nameSuffix?: string;
  commonLabels?: Record<string, string>;
  labels?: LabelEntry[];
  commonAnnotations?: Record<string, string>;
  configMapGenerator?: Generator[];
  secretGenerator?: Generator[];
  generatorOptions?: GeneratorOptions;
  patches?: Patch[];
  patchesStrategicMerge?: string[];
  patchesJson6902?: Patch[];
  images?: { name?: string; newName?: string; newTag?: string; digest?: string; tagSuffix?: string }[];
  replicas?: { name?: string; count?: number }[];
  replacements?: Replacement[];
  sortOptions?: { order?: string; legacySortOptions?: object };
}

const KNOWN = new Set(
  [
    ...[
      "apiVersion",
      "kind",
      "metadata",
      "resources",
      "bases",
      "components",
      "namespace",
      "namePrefix",
      "nameSuffix",
      "commonLabels",
      "labels",
    ],
    ...[
      "commonAnnotations",
      "configMapGenerator",
      "secretGenerator",
      "generatorOptions",
      "patches",
      "patchesStrategicMerge",
      "patchesJson6902",
    ],
    ...["images", "replicas", "replacements", "sortOptions"],
  ].values(),
);

/** Fields of kustomizations that are not built here: each would change what comes out. */
const NOT_BUILT = new Set([
  ...["buildMetadata", "configurations", "crds", "generators", "helmChartInflationGenerator", "helmCharts", "helmGlobals", "imageTags"],
  ...["inventory", "openapi", "transformers", "validators", "vars"],
]);

const DEPRECATED: Readonly<Record<string, string>> = {
  ...{ bases: "resources", commonLabels: "labels", patchesJson6902: "patches", patchesStrategicMerge: "patches" },
};

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/** A folder with a kustomization. */
export class Folder {
  readonly path: string;
  /** The folders that led here: to come back to one of them is an error. */
  readonly #visited: readonly string[];
  readonly #anywhere: boolean;

  /** With `anywhere` its files may be outside of it. Throws a UsageError when there is no such folder, or it is one of those that led here. */
  constructor(path: string, anywhere = false, visited: readonly string[] = []) {
    this.#anywhere = anywhere;
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new UsageError(`must build at directory: not a valid directory: ${path}`);
    this.path = realpathSync(path);
    if (visited.includes(this.path)) throw new UsageError(`cycle detected: candidate root '${this.path}' contains visited root`);
    this.#visited = [...visited, this.path];
  }

  isFolder(path: string): boolean {
    return Boolean(statSync(resolve(this.path, path), { throwIfNoEntry: false })?.isDirectory());
  }

  folder(path: string): Folder {
    return new Folder(resolve(this.path, path), this.#anywhere, this.#visited);
  }

  /** A file's bytes. Throws a UsageError when it is not there, or not in or below this folder. */
  read(path: string): Buffer {
    const full = resolve(this.path, path);
    if (/^(https?|git|ssh):/.test(path) || /^git@/.test(path) || /^github\.com\//.test(path))
      throw new UsageError(`${path}: what is not on this machine is not fetched: clone it, and name the folder`);
    if (!statSync(full, { throwIfNoEntry: false }))
      throw new UsageError(`accumulating resources from '${path}': ${full}: no such file or directory`);
    const way = relative(this.path, realpathSync(full));
    if (!this.#anywhere && (way.startsWith("..") || isAbsolute(way)))
      throw new UsageError(`security; file '${full}' is not in or below '${this.path}'`);
    return readFileSync(full);
  }

  /** The kustomization in this folder. Throws a UsageError when there is none, or it says something that is not known or not built. */
  async kustomization(warn: (text: string) => void): Promise<Kustomization> {
    const present = readdirSync(this.path);
    const [name, ...more] = NAMES.filter((one) => present.includes(one));
    if (!name)
      throw new UsageError(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${this.path}'`,
      );
    if (more.length) throw new UsageError(`Found multiple kustomization files under: ${this.path}`);
    const value = await parseYaml(readFileSync(join(this.path, name), "utf8"), join(this.path, name), MANIFEST_YAML);
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new UsageError(`${name} is empty`);
    check(value as Data, warn);
    return value as Kustomization;
  }
}

/** What a field's value may be; lists of objects when it is not here. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ apiVersion: "string", kind: "string", namespace: "string", namePrefix: "string", nameSuffix: "string" },
  ...{ resources: "[]string", bases: "[]string", components: "[]string", patchesStrategicMerge: "[]string" },
  ...{
    commonLabels: "map[string]string",
    commonAnnotations: "map[string]string",
    metadata: "object",
    generatorOptions: "object",
    sortOptions: "object",
  },
};

function checkTypes(value: Data): void {
  const is: Readonly<Record<string, (one: unknown) => boolean>> = {
    string: (one) => typeof one === "string",
    object: isData,
    "[]string": (one) => Array.isArray(one) && one.every((item) => typeof item === "string"),
    "map[string]string": (one) => isData(one) && Object.values(one).every((item) => typeof item === "string"),
    "[]object": (one) => Array.isArray(one) && one.every(isData),
  };
  for (const [key, field] of Object.entries(value)) {
    const type = TYPES[key] ?? "[]object";
    if (field !== null && !is[type]?.(field))
      throw new UsageError(
        `invalid Kustomization: json: cannot unmarshal ${typeof field} into Go struct field Kustomization.${key} of type ${type}`,
      );
  }
}

function check(value: Data, warn: (text: string) => void): void {
  const used = Object.keys(value).filter((key) => value[key] !== null);
  const unknown = used.find((key) => !KNOWN.has(key) && !NOT_BUILT.has(key));
  if (unknown !== undefined) throw new UsageError(`invalid Kustomization: json: unknown field ${JSON.stringify(unknown)}`);
  const notBuilt = used.find((key) => NOT_BUILT.has(key));
  if (notBuilt !== undefined)
    throw new UsageError(
      `the field ${JSON.stringify(notBuilt)} of kustomizations is not built here: run \`kubectl kustomize\` for this one`,
    );
  checkTypes(value);
  for (const [old, now] of Object.entries(DEPRECATED)) {
    if (used.includes(old))
      warn(
        `# Warning: '${old}' is deprecated. Please use '${now}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n`,
      );
  }
  if ((value as Kustomization).labels?.some(({ fields }) => fields?.length))
    throw new UsageError('the field "labels.fields" of kustomizations is not built here: run `kubectl kustomize` for this one');
  if ((value as Kustomization).sortOptions?.legacySortOptions)
    throw new UsageError(
      'the field "sortOptions.legacySortOptions" of kustomizations is not built here: run `kubectl kustomize` for this one',
    );
}

const NUMBERS = /^tag:yaml.org,2002:(int|float|null|merge)$/;

/**
 * How kustomize reads manifests, and not its own file: as 1.1, except that `yes` and `n` are text, 0o17 is a number, and times become whole ones. Source: go-yaml v3.
 */
export const KUSTOMIZE_YAML: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  merge: true,
  customTags: (tags) => [
    ...tags.filter(
      (tag) => typeof tag === "string" || !tag.default || (NUMBERS.test(tag.tag) && !("format" in tag && tag.format === "TIME")),
    ),
    {
      tag: "tag:yaml.org,2002:bool",
      default: true,
      test: /^(?:true|True|TRUE|false|False|FALSE)$/,
      resolve: (text: string) => /^t/i.test(text),
    },
    { tag: "tag:yaml.org,2002:int", default: true, test: /^[-+]?0o[0-7_]+$/, resolve: octal },
    { tag: "tag:yaml.org,2002:str", default: true, test: /^\d{4}-\d\d?-\d\d?(?:[Tt ].*)?$/, resolve: wholeTime },
  ],
};

const octal = (text: string): number => Number.parseInt(text.replaceAll(/0o|_/g, ""), 8);

function wholeTime(text: string): string {
  const time = new Date(text.includes(":") ? text : `${text}T00:00:00Z`);
  return Number.isNaN(time.getTime()) ? text : time.toISOString().replace(/\.000Z$/, "Z");
}

/** One YAML document. Throws a UsageError that names the source. */
export async function parseYaml(text: string, source: string, yaml = KUSTOMIZE_YAML): Promise<unknown> {
  try {
    return (await import("yaml")).parse(text, yaml);
  } catch (error) {
    throw new UsageError(`${source}: ${(error as Error).message}`);
  }
}
