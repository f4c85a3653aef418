import { Pod } from "@wherry/api";
import { StatusError } from "@wherry/base/status-error.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { dryRunFlag, selectorFlag } from "../flags.ts";
import { type Found, forEach } from "../objects.ts";
import { DRY_RUN, type WriteFlags } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";
import { nodesOf, setUnschedulable } from "./cordon.ts";
import { choosePods, type DrainRules } from "./drain/choose-pods.ts";
import { type EvictOptions, evictAll } from "./drain/evict.ts";

interface DrainOptions extends ConnectionOptions, DrainRules, EvictOptions {
  selector?: string;
  podSelector?: string;
  dryRun?: WriteFlags["dryRun"];
}

/** `wherry drain`. */
export const verb: Verb = {
  description: "empty a node, and let no more pods come to it",
  words: "NODE",
  client: true,
  completes: "nodes",
  flags: (command) =>
    selectorFlag(dryRunFlag(command))
      .option("--force", "also pods that nobody will bring back")
      .option("--ignore-daemonsets", "leave the pods of daemon sets alone")
      .option("--delete-emptydir-data", "also pods that keep data on the node")
      .option("--disable-eviction", "delete, without asking disruption budgets")
      .option("--grace-period <seconds>", "how long processes may take to end; what the pods say unless given", "-1")
      .option("--pod-selector <selector>", "only these pods")
      .option("--timeout <duration>", "give up after this time; 0s is never", "0s")
      .option("--chunk-size <n>", "accepted and not needed: a node's pods fit in one answer")
      .option("--skip-wait-for-delete-timeout <seconds>", "do not wait for pods that have been on their way out for longer", "0"),
  async run(words, options: DrainOptions, { write }) {
    const connection = await connect(options);
    try {
      const nodes = await nodesOf(connection, words, options, "drain");
      for (const node of nodes) write(await setUnschedulable(connection, node, true, options));
      await forEach(nodes, (node) => drain(connection, node, options, write));
    } finally {
      connection.close();
    }
  },
};

async function drain(connection: Connection, { object }: Found, options: DrainOptions, write: (text: string) => void): Promise<void> {
  const { name } = object.metadata;
  const { items } = await connection.client.list(Pod, { fieldSelector: `spec.nodeName=${name}`, labelSelector: options.podSelector });
  const { evicted, warnings, errors } = choosePods(items, options, await daemonSets(connection));
  if (errors.length) {
    throw new UsageError(
      `unable to drain node ${JSON.stringify(name)} due to error: ${errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`}, continuing command...\nThere are pending nodes to be drained:\n ${name}\n${errors.join("\n")}`,
    );
  }
  if (warnings.length) process.stderr.write(`Warning: ${warnings.join("; ")}\n`);
  const dry = DRY_RUN[options.dryRun ?? "none"];
  if (dry) for (const pod of evicted) write(`evicting pod ${pod.metadata.namespace}/${pod.metadata.name}${dry}\n`);
  else await evictAll(connection, evicted, options, write);
  write(`node/${name} drained${dry}\n`);
}

/** Every daemon set, as `namespace/name`; none where the server has no such resource. */
async function daemonSets(connection: Connection): Promise<ReadonlySet<string>> {
  const resource = (await connection.resources.preferred()).find((r) => r.name === "daemonsets" && r.group === "apps");
  if (!resource) return new Set();
  try {
    const { items } = await connection.client.list(definitionOf(resource));
    return new Set(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return new Set();
    throw error;
  }
}
