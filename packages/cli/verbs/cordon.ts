import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { dryRunFlag, selectorFlag } from "../flags.ts";
import { type Found, findObjects, forEach } from "../objects.ts";
import { DRY_RUN, type WriteFlags } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

/** The flags of `cordon` and `uncordon`. */
export interface CordonOptions extends ConnectionOptions {
  selector?: string;
  dryRun?: WriteFlags["dryRun"];
}

/** `wherry cordon`. */
export const verb: Verb = cordonVerb(true, "let no more pods come to a node");

/** `wherry cordon` and `wherry uncordon`. */
export function cordonVerb(unschedulable: boolean, description: string): Verb {
  return {
    description,
    words: "NODE",
    client: true,
    completes: "nodes",
    flags: (command) => selectorFlag(dryRunFlag(command)),
    async run(words, options: CordonOptions, { write }) {
      const connection = await connect(options);
      try {
        const nodes = await nodesOf(connection, words, options, unschedulable ? "cordon" : "uncordon");
        await forEach(nodes, async (node) => write(await setUnschedulable(connection, node, unschedulable, options)));
      } finally {
        connection.close();
      }
    },
  };
}

/** The nodes that the words or the selector name. Throws a UsageError in the words of `verb` when that is none, or both. */
export async function nodesOf(
  connection: Connection,
  words: readonly string[],
  { selector }: { selector?: string },
  verb: string,
): Promise<Found[]> {
  if (!words.length && selector === undefined) throw new UsageError(`USAGE: ${verb} NODE [flags]`);
  if (words.length && selector !== undefined) throw new UsageError("error: cannot specify both a node name and a --selector option");
  const named = words.map((word) => (word.includes("/") ? word : `nodes/${word}`));
  return findObjects(connection, words.length ? named : ["nodes"], { selector });
}

/** Says what became of the node: `node/one cordoned`, `node/one already cordoned`. */
export async function setUnschedulable(
  connection: Connection,
  { resource, object }: Found,
  unschedulable: boolean,
  options: { dryRun?: WriteFlags["dryRun"] },
): Promise<string> {
  const { name } = object.metadata;
  const done = unschedulable ? "cordoned" : "uncordoned";
  const { spec } = object as { spec?: { unschedulable?: boolean } };
  const dry = DRY_RUN[options.dryRun ?? "none"];
  if (Boolean(spec?.unschedulable) === unschedulable) return `node/${name} already ${done}${dry}\n`;
  if (options.dryRun !== "client") {
    const body = { spec: { unschedulable: unschedulable || null } };
    await connection.client.patch(definitionOf(resource), { name }, { type: "strategic", body }, { dryRun: options.dryRun === "server" });
  }
  return `node/${name} ${done}${dry}\n`;
}
