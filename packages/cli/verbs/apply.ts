import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { type DeletionFlags, deletionFlags } from "../deletion.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, list, selectorFlag, validateFlag, writeFlags } from "../flags.ts";
import { type FileOptions, type ManifestObject, readManifests } from "../manifests.ts";
import { forEach } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { located, place } from "../placement.ts";
import { matchesSelector } from "../selector.ts";
import type { Verb } from "../verb.ts";
import { applyClientSide } from "./apply/client-side.ts";
import { editLastApplied, setLastApplied, viewLastApplied } from "./apply/last-applied.ts";
import { type Applied, prune } from "./apply/prune.ts";
import { applyServerSide } from "./apply/server-side.ts";

/** The flags of `apply`. */
export interface ApplyOptions extends ConnectionOptions, FileOptions, WriteFlags, DeletionFlags {
  selector?: string;
  validate?: string;
  serverSide?: boolean;
  forceConflicts?: boolean;
  overwrite?: boolean;
  subresource?: string;
  prune?: boolean;
  pruneAllowlist?: string[];
  all?: boolean;
  wait?: boolean;
}

/** `wherry apply`. */
export const verb: Verb = {
  description: "make objects what their manifests say",
  client: true,
  flags: (command) =>
    deletionFlags(selectorFlag(validateFlag(writeFlags(fileFlags(command)))))
      .option("--server-side", "let the server merge, and keep account of who owns which field")
      .option("--force-conflicts", "with --server-side: take fields over from other managers")
      .option("--no-overwrite", "a field that was changed since the last apply is an error")
      .option("--subresource <name>", "with --server-side: apply to this part, such as status")
      .option("--prune", "delete what was applied before and is not in the manifests any more; needs -l or --all")
      .option("--prune-allowlist <group/version/kind>", "with --prune: only these kinds (repeatable)", list)
      .option("--all", "with --prune: of all that was applied")
      .option("--wait", "with --prune or --force: wait until what is deleted is gone"),
  run: (_, options: ApplyOptions, { write }) => apply(options, write),
  verbs: { "edit-last-applied": editLastApplied, "set-last-applied": setLastApplied, "view-last-applied": viewLastApplied },
};

/** `wherry apply`: makes each object what its manifest says, leaving alone what others set. Goes on after a failure, and fails at the end. */
export async function apply(options: ApplyOptions, write: (text: string) => void): Promise<void> {
  check(options);
  const manifests = await readManifests(options);
  const connection = await connect(options);
  const applied: Applied[] = [];
  try {
    await forEach(manifests, async (manifest) => {
      if (!matchesSelector(options.selector, manifest.object)) return;
      try {
        applied.push(await applyOne(connection, manifest, options, write));
      } catch (error) {
        throw located(error, "applying", manifest);
      }
    });
    if (options.prune) await prune(connection, applied, options, write);
  } finally {
    connection.close();
  }
}

function check(options: ApplyOptions): void {
  if (options.forceConflicts && !options.serverSide) throw new UsageError("--force-conflicts only works with --server-side");
  if (options.dryRun === "client" && options.serverSide)
    throw new UsageError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (options.force && options.serverSide) throw new UsageError("--force cannot be used with --server-side");
  if (options.subresource && !options.serverSide) throw new UsageError("--subresource can only be specified for --server-side");
  if (options.prune && options.selector === undefined && !options.all)
    throw new UsageError(
      "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
    );
  if (options.prune && options.selector !== undefined && options.all)
    throw new UsageError("cannot set --all and --selector at the same time");
}

async function applyOne(
  connection: Connection,
  manifest: ManifestObject,
  options: ApplyOptions,
  write: (text: string) => void,
): Promise<Applied> {
  const { resource, object } = await place(connection, manifest.object);
  const { name, namespace } = object.metadata;
  if (!name) throw new UsageError(`error when applying "${manifest.source}": resource name may not be empty`);
  const placed = { resource, object, name, namespace };
  const { result, what } = options.serverSide
    ? await applyServerSide(connection, placed, options)
    : await applyClientSide(connection, placed, options);
  write(await report(result, resource, what, options));
  return { resource, namespace, uid: result.metadata.uid };
}
