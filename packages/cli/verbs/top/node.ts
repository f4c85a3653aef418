import { Node } from "@wherry/api";
import { type ConnectionOptions, connect } from "../../connection.ts";
import { selectorFlag } from "../../flags.ts";
import { textTable } from "../../output/text-table.ts";
import type { Verb } from "../../verb.ts";
import { fetchMetrics, mebibytes, millicores, orderBy } from "./metrics.ts";

interface TopNodeOptions extends ConnectionOptions {
  selector?: string;
  sortBy?: string;
  headers: boolean;
  showCapacity?: boolean;
}

/** `wherry top node`. */
export const topNode: Verb = {
  description: "print what nodes use",
  words: "[NAME | -l label]",
  aliases: ["nodes", "no"],
  client: true,
  completes: "nodes",
  flags: (command) =>
    selectorFlag(command)
      .option("--sort-by <what>", "cpu or memory")
      .option("--no-headers", "without the header line")
      .option("--show-capacity", "in percent of what the node has, and not of what pods may use")
      .option("--use-protocol-buffers", "accepted and not needed"),
  async run([name], options: TopNodeOptions, { write }) {
    const connection = await connect(options);
    try {
      const metrics = await fetchMetrics(connection, `nodes${name ? `/${name}` : ""}`, { labelSelector: options.selector });
      const nodes = new Map((await connection.client.list(Node)).items.map((node) => [node.metadata.name, node]));
      const percent = (used: number, all: number) => `${all > 0 ? Math.trunc((used * 100) / all) : 0}%`;
      const rows = metrics.map(({ metadata, usage = { cpu: "0", memory: "0" } }) => {
        const status = nodes.get(metadata.name)?.status;
        const all = (options.showCapacity ? status?.capacity : status?.allocatable) ?? {};
        const [cpu, memory] = [millicores(usage.cpu), mebibytes(usage.memory)];
        return {
          name: metadata.name,
          cpu,
          memory,
          ofCpu: percent(cpu, millicores(all.cpu ?? "0")),
          ofMemory: percent(memory, mebibytes(all.memory ?? "0")),
        };
      });
      const shown = orderBy(rows, options.sortBy).map((row) => [row.name, `${row.cpu}m`, row.ofCpu, `${row.memory}Mi`, row.ofMemory]);
      write(textTable([...(options.headers ? [["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]] : []), ...shown]));
    } finally {
      connection.close();
    }
  },
};
