import { type ConnectionOptions, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { selectorFlag } from "../../flags.ts";
import { textTable } from "../../output/text-table.ts";
import type { Verb } from "../../verb.ts";
import { fetchMetrics, type Metrics, mebibytes, millicores, orderBy } from "./metrics.ts";

interface TopPodOptions extends ConnectionOptions {
  selector?: string;
  fieldSelector?: string;
  allNamespaces?: boolean;
  containers?: boolean;
  sortBy?: string;
  headers: boolean;
  sum?: boolean;
}

/** `wherry top pod`. */
export const topPod: Verb = {
  description: "print what pods use",
  words: "[NAME | -l label]",
  aliases: ["pods", "po"],
  client: true,
  completes: "pod-names",
  flags: (command) =>
    selectorFlag(command)
      .option("--field-selector <selector>", "only pods with these fields")
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--containers", "each container by itself")
      .option("--sort-by <what>", "cpu or memory")
      .option("--no-headers", "without the header line")
      .option("--sum", "with the sum of all at the end")
      .option("--use-protocol-buffers", "accepted and not needed"),
  async run([name], options: TopPodOptions, { write }) {
    if (name && options.selector) throw new UsageError("only one of NAME or --selector can be provided");
    const connection = await connect(options);
    try {
      const place = options.allNamespaces ? "pods" : `namespaces/${encodeURIComponent(connection.namespace)}/pods${name ? `/${name}` : ""}`;
      const metrics = await fetchMetrics(connection, place, { labelSelector: options.selector, fieldSelector: options.fieldSelector });
      if (!metrics.length)
        return void process.stderr.write(
          options.allNamespaces ? "No resources found\n" : `No resources found in ${connection.namespace} namespace.\n`,
        );
      write(table(metrics, options));
    } finally {
      connection.close();
    }
  },
};

function table(metrics: readonly Metrics[], options: TopPodOptions): string {
  const rows = orderBy(
    metrics.flatMap((pod) => (options.containers ? rowsOfContainers(pod) : [rowOf(pod)])),
    options.sortBy,
  );
  const names = (row: Row) => [...(options.allNamespaces ? [row.namespace] : []), row.name, ...(options.containers ? [row.container] : [])];
  const header = [
    ...(options.allNamespaces ? ["NAMESPACE"] : []),
    ...(options.containers ? ["POD", "NAME"] : ["NAME"]),
    "CPU(cores)",
    "MEMORY(bytes)",
  ];
  const shown = rows.map((row) => [...names(row), `${row.cpu}m`, `${row.memory}Mi`]);
  const blanks = header.slice(2).map(() => "");
  const total = (key: "cpu" | "memory") => rows.reduce((sum, row) => sum + row[key], 0);
  const sum = options.sum
    ? [
        [...blanks, "________", "________"],
        [...blanks, `${total("cpu")}m`, `${total("memory")}Mi`],
      ]
    : [];
  return textTable([...(options.headers ? [header] : []), ...shown, ...sum]);
}

interface Row {
  namespace: string;
  name: string;
  container: string;
  cpu: number;
  memory: number;
}

function rowsOfContainers({ metadata, containers = [] }: Metrics): Row[] {
  return containers.map(({ name, usage }) => ({
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    container: name,
    cpu: millicores(usage.cpu),
    memory: mebibytes(usage.memory),
  }));
}

function rowOf(pod: Metrics): Row {
  const rows = rowsOfContainers(pod);
  const total = (key: "cpu" | "memory") => rows.reduce((sum, row) => sum + row[key], 0);
  return { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name, container: "", cpu: total("cpu"), memory: total("memory") };
}
