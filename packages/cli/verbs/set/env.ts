import { text } from "node:stream/consumers";
import type { ApiObject } from "@wherry/machinery";
import { isEnvVarName } from "@wherry/machinery/value-names.ts";
import { type Connection, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { commaList, list } from "../../flags.ts";
import { findObjects } from "../../objects.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import { typeAndName } from "../../targets.ts";
import type { Verb } from "../../verb.ts";
import { changeAll, type SetOptions, setFlags, splitWords } from "./change.ts";
import { type Container, matching, podSpecOf } from "./pod-spec.ts";

interface Options extends SetOptions {
  containers: string;
  env?: string[];
  from?: string;
  keys?: string[];
  prefix?: string;
  list?: boolean;
  resolve?: boolean;
  overwrite: boolean;
}

type Variable = NonNullable<Container["env"]>[number];

/** `wherry set env`. */
export const env: Verb = {
  description: "set environment variables of containers",
  words: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
  client: true,
  completes: "objects",
  flags: (command) =>
    setFlags(command)
      .option("-c, --containers <names>", "which containers; * stands for anything", "*")
      .option("-e, --env <key=value>", "a variable (repeatable)", list)
      .option("--from <type/name>", "take the keys of this config map or secret")
      .option("--keys <keys>", "only these keys of --from", commaList)
      .option("--prefix <text>", "put this before each key of --from")
      .option("--list", "print the variables")
      .option("--resolve", "with --list: print the values that come from config maps and secrets")
      .option("--no-overwrite", "a variable that is set already is an error"),
  async run(words, options: Options, { write }) {
    const isChange = (word: string) => word === "-" || /^[^=/]+=/.test(word) || /^[^=/]+-$/.test(word);
    const { names, changes } = splitWords(words, isChange);
    const all = [...changes, ...(options.env ?? [])];
    if (options.list) return listVariables(names, options, write);
    const { set, removed } = await parse(all);
    const apply = async (object: ApiObject, connection: Connection) => {
      const { containers, initContainers = [] } = podSpecOf(object);
      const found = matching([...containers, ...initContainers], options.containers);
      if (!found.length) throw new UsageError(`does not have any containers matching "${options.containers}"`);
      const from = options.from ? await variablesFrom(connection, options) : [];
      if (!set.length && !from.length && !removed.size) return;
      for (const container of found) container.env = changed(object, container, [...set, ...from], removed, options.overwrite);
    };
    return changeAll(names, options, { done: "env updated", failed: "failed to patch env update to pod template: ", apply }, write);
  },
};

/** `KEY=value` sets, `KEY-` removes, `-` reads such lines from standard input. */
async function parse(words: readonly string[]): Promise<{ set: Variable[]; removed: ReadonlySet<string> }> {
  const lines = words.includes("-") ? (await text(process.stdin)).split("\n").filter((line) => line && !line.startsWith("#")) : [];
  const removed = new Set<string>();
  const set = new Map<string, Variable>();
  for (const word of [...lines, ...words.filter((w) => w !== "-")]) {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(0, -1) : word.slice(0, equals);
    const [wrong] = isEnvVarName(name);
    if (wrong) throw new UsageError(`${JSON.stringify(name)} is not a valid key name: ${wrong}`);
    if (equals < 0) removed.add(name);
    else set.set(name, { name, value: word.slice(equals + 1) });
  }
  const both = [...removed].find((name) => set.has(name));
  if (both) throw new UsageError(`can not both modify and remove the same environment variable in the same command`);
  return { set: [...set.values()], removed };
}

function changed(
  object: ApiObject,
  { env = [] }: Container,
  set: readonly Variable[],
  removed: ReadonlySet<string>,
  overwrite: boolean,
): Variable[] {
  const clash = overwrite ? undefined : set.find((variable) => env.some((e) => e.name === variable.name));
  if (clash) {
    const value = env.find((e) => e.name === clash.name)?.value ?? "";
    throw new UsageError(
      `${object.kind.toLowerCase()}s/${object.metadata.name} '${clash.name}' already has a value (${value}), and --overwrite is false`,
    );
  }
  const byName = new Map(env.map((variable) => [variable.name, variable]));
  for (const variable of set) byName.set(variable.name, variable);
  return [...byName.values()].filter((variable) => !removed.has(variable.name));
}

/** A variable for each key, in order. Source: kubectl pkg/cmd/set/set_env.go. */
async function variablesFrom(connection: Connection, options: Options): Promise<Variable[]> {
  const [resource, name] = await typeAndName(connection, options.from as string);
  const field = { ConfigMap: "configMapKeyRef", Secret: "secretKeyRef" }[resource.kind];
  if (!field) throw new UsageError(`unsupported resource specified in --from: ${resource.kind}`);
  const { data = {} } = (await connection.client.get(definitionOf(resource), { name, namespace: connection.namespace })) as ApiObject & {
    data?: object;
  };
  const keys = Object.keys(data).filter((key) => !options.keys?.length || options.keys.includes(key));
  if (!keys.length) throw new UsageError(`no keys of ${options.from} are left to set`);
  return keys.toSorted().map((key) => {
    const upper = variableName(key);
    if (upper !== key)
      process.stderr.write(`Warning: key ${key} transferred to ${upper}
`);
    return { name: (options.prefix ?? "") + upper, valueFrom: { [field]: { key, name } } };
  });
}

const variableName = (key: string): string => key.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();

async function listVariables(names: string[], options: Options, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  try {
    for (const { resource, object } of await findObjects(connection, names, options)) {
      const { containers, initContainers = [] } = podSpecOf(object);
      for (const container of matching([...containers, ...initContainers], options.containers)) {
        write(`# ${resource.kind} ${object.metadata.name}, container ${container.name}\n`);
        for (const variable of container.env ?? [])
          write(`${await shown(connection, variable, object.metadata.namespace, Boolean(options.resolve))}\n`);
      }
    }
  } finally {
    connection.close();
  }
}

type Source = Partial<Record<"configMapKeyRef" | "secretKeyRef", { name: string; key: string }>> & {
  fieldRef?: { fieldPath: string };
  resourceFieldRef?: { resource: string };
};

async function shown(
  connection: Connection,
  { name, value, valueFrom }: Variable,
  namespace: string | undefined,
  resolve: boolean,
): Promise<string> {
  if (!valueFrom) return `${name}=${value ?? ""}`;
  const { configMapKeyRef: config, secretKeyRef: secret, fieldRef, resourceFieldRef } = valueFrom as Source;
  const ref = config ?? secret;
  if (ref && resolve) return `${name}=${await referenced(connection, config ? "configmaps" : "secrets", ref, namespace)}`;
  if (ref) return `# ${name} from ${config ? "configmap" : "secret"} ${ref.name}, key ${ref.key}`;
  return `# ${name} from ${fieldRef ? `field path ${fieldRef.fieldPath}` : `resource field ${resourceFieldRef?.resource}`}`;
}

async function referenced(
  connection: Connection,
  type: string,
  { name, key }: { name: string; key: string },
  namespace: string | undefined,
): Promise<string> {
  const kind = definitionOf(await connection.resources.find(type));
  const { data = {} } = (await connection.client.get(kind, { name, namespace })) as ApiObject & { data?: Record<string, string> };
  const value = data[key] ?? "";
  return type === "secrets" ? Buffer.from(value, "base64").toString() : value;
}
