import type { ApiObject } from "@wherry/machinery";
import { deepCopy } from "@wherry/machinery/deep-copy.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { selectorFlag, validateFlag, writeFlags } from "../flags.ts";
import { type Found, findObjects, forEach, type SelectOptions } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";
import { changeTaints, clashes, parseTaints, type Taint, type TaintChanges } from "./taint/changes.ts";

interface TaintOptions extends ConnectionOptions, SelectOptions, WriteFlags {
  overwrite?: boolean;
}

type Node = ApiObject & { spec?: { taints?: Taint[] } };

/** `wherry taint`. */
export const verb: Verb = {
  description: "set and remove what keeps pods away from nodes",
  words: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(validateFlag(writeFlags(command)))
      .option("--all", "all nodes")
      .option("--overwrite", "replace taints that are there"),
  async run(words, options: TaintOptions, { write }) {
    const isTaint = (word: string) => /[=:]/.test(word) || word.endsWith("-");
    const first = words.findIndex((word, i) => i > 0 && isTaint(word));
    if (first < 0) throw new UsageError("at least one taint update is required");
    const [type = "", ...names] = words.slice(0, first);
    const changes = parseTaints(words.slice(first));
    if (options.all && options.selector) throw new UsageError("cannot specify --all and --selector at the same time");
    if (!names.length && !options.all && options.selector === undefined)
      throw new UsageError("at least one resource name must be specified since 'all' parameter is not set");
    const connection = await connect(options);
    try {
      const found = await findObjects(connection, [type, ...names], options);
      await forEach(found, async (one) => write(await taintOne(connection, one, changes, options)));
    } finally {
      connection.close();
    }
  },
};

async function taintOne(
  connection: Connection,
  { resource, object }: Found,
  changes: TaintChanges,
  options: TaintOptions,
): Promise<string> {
  if (object.kind !== "Node") throw new UsageError(`invalid resource type ${resource.name}, only "nodes" is supported`);
  const node: Node = deepCopy(object);
  const present = node.spec?.taints ?? [];
  const { name } = object.metadata;
  if (!options.overwrite && clashes(present, changes))
    throw new UsageError(`node ${name} already has ${changes.set[0]?.key} taint(s) with same effect(s) and --overwrite is false`);
  const { taints, done } = changeTaints(present, changes);
  node.spec = { ...node.spec, taints };
  if (options.dryRun === "client") return report(node, resource, done, options);
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? "kubectl-taint" };
  // The list is replaced as a whole; it must still be the one that was looked at.
  const body = { metadata: { resourceVersion: object.metadata.resourceVersion }, spec: { taints: taints.length ? taints : null } };
  return report(await connection.client.patch(definitionOf(resource), { name }, { type: "merge", body }, send), resource, done, options);
}
