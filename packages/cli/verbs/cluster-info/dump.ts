import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Namespace, Pod } from "@wherry/api";
import { type Connection, type ConnectionOptions, connect } from "../../connection.ts";
import { commaList, outputFlag } from "../../flags.ts";
import { type OutputOptions, parseOutput, printObject } from "../../output/format.ts";
import { definitionOf, pathTo, qualifiedName } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";

interface DumpOptions extends ConnectionOptions, OutputOptions {
  outputDirectory?: string;
  namespaces?: string[];
  allNamespaces?: boolean;
}

/** What is dumped of each namespace, in this order. Source: kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go. */
const RESOURCES = ["events", "replicationcontrollers", "services", "daemonsets.apps", "deployments.apps", "replicasets.apps", "pods"];

/** `wherry cluster-info dump`. */
export const dump: Verb = {
  description: "print everything that helps to find out what is wrong",
  client: true,
  flags: (command) =>
    outputFlag(command)
      .option("--output-directory <folder>", "write files there, instead of one text")
      .option("--namespaces <names>", "of these namespaces", commaList)
      .option("-A, --all-namespaces", "of all namespaces"),
  async run(_, options: DumpOptions, { write }) {
    const connection = await connect(options);
    try {
      await dumpAll(connection, options, sink(options, write));
      if (options.outputDirectory && options.outputDirectory !== "-") write(`Cluster info dumped to ${options.outputDirectory}\n`);
    } finally {
      connection.close();
    }
  },
};

type Sink = (file: string, text: string) => void;

function sink({ outputDirectory }: DumpOptions, write: (text: string) => void): Sink {
  if (!outputDirectory || outputDirectory === "-") return (_, text) => write(text);
  return (file, text) => {
    const path = join(outputDirectory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
}

async function dumpAll(connection: Connection, options: DumpOptions, out: Sink): Promise<void> {
  const format = parseOutput(options.output ?? "json", options);
  const extension = options.output === "yaml" ? "yaml" : "json";
  const known = await connection.resources.preferred();
  const list = async (name: string, namespace?: string) => {
    const resource = known.find((r) => qualifiedName(r) === name);
    if (!resource) return;
    const found = await connection.client.list(definitionOf(resource), { namespace });
    const file = join(namespace ?? "", `${namespace ? resource.name : "nodes"}.${extension}`);
    out(file, await printObject(found, format, () => name));
  };
  await list("nodes");
  for (const namespace of await namespacesOf(connection, options)) {
    for (const name of RESOURCES) await list(name, namespace);
    const { items } = await connection.client.list(Pod, { namespace });
    for (const pod of items) await dumpLogs(connection, pod, out);
  }
}

async function namespacesOf(connection: Connection, options: DumpOptions): Promise<string[]> {
  if (options.allNamespaces) return (await connection.client.list(Namespace)).items.map(({ metadata }) => metadata.name);
  return options.namespaces ?? [...new Set(["kube-system", connection.namespace])];
}

async function dumpLogs(connection: Connection, pod: Pod, out: Sink): Promise<void> {
  const resource = await connection.resources.find("pods");
  const { name, namespace = "" } = pod.metadata;
  const texts: string[] = [];
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.name)) {
    const of = `container ${container} of pod ${namespace}/${name}`;
    const path = `${pathTo(resource, name, namespace, "log")}?${new URLSearchParams({ container })}`;
    const text = await connection.client
      .raw({ method: "GET", path, headers: { accept: "*/*" } })
      .then(async (response) => Buffer.concat(await Array.fromAsync(response.body)).toString())
      .catch((error: Error) => `Request log error: ${error.message}\n`);
    texts.push(`==== START logs for ${of} ====\n${text}==== END logs for ${of} ====\n`);
  }
  out(join(namespace, name, "logs.txt"), texts.join(""));
}
