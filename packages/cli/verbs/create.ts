import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { ApiObject, NewObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList, dryRunFlag, fileFlags, list, outputFlag } from "../flags.ts";
import { readManifests } from "../manifests.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";
import { fieldValidation, located, place, report } from "./apply.ts";

export interface CreateOptions extends ConnectionOptions {
  filename?: string[];
  recursive?: boolean;
  output?: string;
  dryRun?: string;
  validate?: string;
  image?: string[];
  replicas?: string;
  port?: string;
  fromLiteral?: string[];
  fromFile?: string[];
  fromEnvFile?: string[];
  type?: string;
  tcp?: string[];
}

const FIELD_MANAGER = "kubectl-create";

/** `wherry create`. */
export const verb: Verb = {
  description: "make new objects",
  words: "-f FILE | TYPE NAME",
  client: true,
  flags: (command) =>
    dryRunFlag(outputFlag(fileFlags(command)))
      .option("--validate <mode>", "what to do about unknown fields: strict, warn or ignore")
      .option("--image <image>", "deployment: an image (repeatable)", list)
      .option("-r, --replicas <n>", "deployment: how many pods")
      .option("--port <port>", "deployment: the port that the container listens on")
      .option("--from-literal <key=value>", "configmap, secret: a value (repeatable)", list)
      .option("--from-file <[key=]path>", "configmap, secret: a file, or all files of a folder (repeatable)", list)
      .option("--from-env-file <path>", "configmap, secret: a file of KEY=value lines (repeatable)", list)
      .option("--type <type>", "secret: its type")
      .option("--tcp <port[:target]>", "service: a port (repeatable)", commaList),
  run: (words, options: CreateOptions, { write }) => create(words, options, write),
};

/** `wherry create -f`, and `wherry create namespace|configmap|secret|deployment|service|serviceaccount NAME`. */
export async function create(words: string[], options: CreateOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  try {
    if (options.filename?.length) await createManifests(connection, options, write);
    else write(await createObject(connection, generate(words, options), options));
  } finally {
    connection.close();
  }
}

async function createManifests(connection: Connection, options: CreateOptions, write: (text: string) => void): Promise<void> {
  const failures: unknown[] = [];
  for (const manifest of await readManifests(options.filename ?? [], options.recursive)) {
    try {
      write(await createObject(connection, manifest.object, options));
    } catch (error) {
      failures.push(located(error, manifest));
    }
  }
  if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

type Manifest = NewObject<ApiObject> & { apiVersion: string; kind: string };

async function createObject(connection: Connection, manifest: Manifest, options: CreateOptions): Promise<string> {
  const { resource, object } = await place(connection, { source: "", object: manifest });
  const write = { dryRun: options.dryRun === "server", fieldManager: FIELD_MANAGER, fieldValidation: fieldValidation(options.validate) };
  if (options.dryRun === "client") return report(object as ApiObject, resource, "created", options);
  return report(await connection.client.create(definitionOf(resource), object, write), resource, "created", options);
}

/** The object that the words and flags describe, as kubectl's generators make it. */
function generate([type, ...words]: string[], options: CreateOptions): Manifest {
  const make = type === undefined ? undefined : GENERATORS[type];
  if (!make) throw new UsageError(`wherry create ${type ?? ""}: give a manifest with -f, or one of ${Object.keys(GENERATORS).join(", ")}`);
  return make(words, options);
}

const nameOf = (words: readonly string[]): string => {
  if (words.length !== 1) throw new UsageError(`exactly one NAME is required, got ${words.length}`);
  return words[0] as string;
};

const namespace = (words: string[]): Manifest => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: nameOf(words) } });
const serviceAccount = (words: string[]): Manifest => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: nameOf(words) } });

function configMap(words: string[], options: CreateOptions): Manifest {
  const data = Object.fromEntries([...pairs(options)].map(([key, value]) => [key, value.toString("utf8")]));
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: nameOf(words) }, data } as Manifest;
}

function secret([kind, ...words]: string[], options: CreateOptions): Manifest {
  if (kind !== "generic")
    throw new UsageError(
      `wherry create secret ${kind ?? ""}: only \`create secret generic NAME\` is built; write a manifest for the other types`,
    );
  const data = Object.fromEntries([...pairs(options)].map(([key, value]) => [key, value.toString("base64")]));
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: nameOf(words) },
    data,
    ...(options.type && { type: options.type }),
  } as Manifest;
}

function deployment(words: string[], options: CreateOptions): Manifest {
  const name = nameOf(words);
  if (!options.image?.length) throw new UsageError('required flag(s) "image" not set');
  const labels = { app: name };
  const ports = options.port ? { ports: [{ containerPort: Number(options.port) }] } : {};
  const containers = options.image.map((image) => ({ name: containerName(image), image, ...ports }));
  const spec = {
    replicas: Number(options.replicas ?? 1),
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, labels }, spec } as Manifest;
}

const containerName = (image: string) =>
  basename(image)
    .replace(/[:@].*$/, "")
    .replaceAll(/[^a-z0-9-]/g, "-");

const SERVICE_TYPES: Readonly<Record<string, string>> = { clusterip: "ClusterIP", nodeport: "NodePort", loadbalancer: "LoadBalancer" };

function service([kind, ...words]: string[], options: CreateOptions): Manifest {
  const type = SERVICE_TYPES[kind ?? ""];
  if (!type) throw new UsageError(`wherry create service ${kind ?? ""}: use ${Object.keys(SERVICE_TYPES).join(", ")}`);
  const name = nameOf(words);
  const ports = (options.tcp ?? []).map((text) => {
    const [port, target = port] = text.split(":");
    return {
      name: text.replace(":", "-"),
      protocol: "TCP",
      port: Number(port),
      targetPort: /^\d+$/.test(target as string) ? Number(target) : target,
    };
  });
  if (!ports.length) throw new UsageError("at least one tcp port specifier must be provided");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: { app: name } },
    spec: { type, selector: { app: name }, ports },
  } as Manifest;
}

const GENERATORS: Readonly<Record<string, (words: string[], options: CreateOptions) => Manifest>> = {
  namespace,
  ns: namespace,
  configmap: configMap,
  cm: configMap,
  secret,
  deployment,
  deploy: deployment,
  service,
  svc: service,
  serviceaccount: serviceAccount,
  sa: serviceAccount,
};

/** The keys and values of --from-literal, --from-file and --from-env-file. */
function pairs(options: CreateOptions): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    if (found.has(key)) throw new UsageError(`cannot add key "${key}", another key by that name already exists in Data`);
    found.set(key, value);
  };
  for (const literal of options.fromLiteral ?? []) add(...split(literal, "--from-literal"));
  for (const file of options.fromFile ?? []) for (const [key, path] of filesOf(file)) add(key, readInput(path));
  for (const file of options.fromEnvFile ?? []) {
    const lines = readInput(file).toString("utf8").split("\n");
    for (const line of lines.map((l) => l.trim()).filter((l) => l && !l.startsWith("#"))) add(...split(line, file));
  }
  return found;
}

function split(text: string, where: string): [string, Buffer] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`${where}: invalid literal source ${text}, expected key=value`);
  return [text.slice(0, equals), Buffer.from(text.slice(equals + 1))];
}

function filesOf(source: string): [key: string, path: string][] {
  const equals = source.indexOf("=");
  if (equals > 0) return [[source.slice(0, equals), source.slice(equals + 1)]];
  if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) return [[basename(source), source]];
  return readdirSync(source, { withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => [e.name, join(source, e.name)]);
}

function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`error reading ${path}: ${(error as Error).message}`);
  }
}
