import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiObject } from "@wherry/machinery";
import { apiVersionOf } from "@wherry/machinery/kind.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, list, selectorFlag } from "../flags.ts";
import { type FileOptions, type ManifestObject, readManifests } from "../manifests.ts";
import { printObject } from "../output/format.ts";
import { place } from "../placement.ts";
import type { Resource } from "../resource-catalogue.ts";
import { matchesSelector } from "../selector.ts";
import { sentence } from "../sentence.ts";
import type { Verb } from "../verb.ts";
import { applyClientSide, currentOf, type Placed } from "./apply/client-side.ts";
import { type Applied, prunable } from "./apply/prune.ts";
import { applyServerSide } from "./apply/server-side.ts";
import { maskSecrets } from "./diff/mask-secrets.ts";

interface DiffOptions extends ConnectionOptions, FileOptions {
  selector?: string;
  serverSide?: boolean;
  forceConflicts?: boolean;
  fieldManager?: string;
  showManagedFields?: boolean;
  prune?: boolean;
  pruneAllowlist?: string[];
}

/** `wherry diff`. */
export const verb: Verb = {
  description: "show what apply would change; the exit code is 1 when it would",
  client: true,
  flags: (command) =>
    selectorFlag(fileFlags(command))
      .option("--server-side", "what apply --server-side would change")
      .option("--force-conflicts", "with --server-side: take fields over from other managers")
      .option("--field-manager <name>", "in whose name")
      .option("--show-managed-fields", "with the fields that each manager owns")
      .option("--concurrency <n>", "accepted and not needed: the order is that of the files")
      .option("--prune", "with what apply --prune would delete")
      .option("--prune-allowlist <group/version/kind>", "with --prune", list),
  run: async (_, options: DiffOptions, { exit }) => exit(await diff(options).catch(failed)),
};

/** 1 says that something would change: a failure is another number. */
function failed(error: unknown): number {
  process.stderr.write(`${sentence(error)}\n`);
  return 2;
}

/** 0: nothing would change; 1: something would; else what the program that shows it said. */
async function diff(options: DiffOptions): Promise<number> {
  const manifests = await readManifests(options);
  const connection = await connect(options);
  const folder = mkdtempSync(join(tmpdir(), "wherry-diff-"));
  const [live, merged] = ["LIVE", "MERGED"].map((name) => join(folder, name)) as [string, string];
  try {
    for (const path of [live, merged]) mkdirSync(path);
    const applied: Applied[] = [];
    for (const { object } of manifests)
      if (matchesSelector(options.selector, object)) applied.push(await writeBoth(connection, object, [live, merged], options));
    if (options.prune)
      for await (const { resource, object } of prunable(connection, applied, options))
        await writeOne(live, resource, object, { showManagedFields: true });
    return await show(live, merged);
  } finally {
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeBoth(
  connection: Connection,
  manifest: ManifestObject["object"],
  [live, merged]: [string, string],
  options: DiffOptions,
): Promise<Applied> {
  const { resource, object } = await place(connection, manifest);
  const { name = "", namespace } = object.metadata;
  const placed: Placed = { resource, object, name, namespace };
  const current = await currentOf(connection, placed);
  const dry = { ...options, dryRun: "server", annotate: false } as const;
  const { result } = options.serverSide ? await applyServerSide(connection, placed, dry) : await applyClientSide(connection, placed, dry);
  const [before, after] = resource.kind === "Secret" && !resource.group ? maskSecrets(current, result) : [current, result];
  if (before) await writeOne(live, resource, before, options);
  if (after) await writeOne(merged, resource, after, options);
  return { resource, namespace, uid: result.metadata.uid };
}

async function writeOne(folder: string, resource: Resource, object: ApiObject, { showManagedFields }: DiffOptions): Promise<void> {
  const { name, namespace = "" } = object.metadata;
  const file = [apiVersionOf(resource).replace("/", "."), resource.kind, namespace, name].join(".");
  const format = { type: "yaml", managedFields: Boolean(showManagedFields) } as const;
  writeFileSync(join(folder, file), await printObject(object, format, () => ""));
}

/** Source: kubectl pkg/cmd/diff/diff.go: the program of KUBECTL_EXTERNAL_DIFF, with plain words after it as its flags. */
function show(live: string, merged: string): Promise<number> {
  const [command = "diff", ...given] = (process.env.KUBECTL_EXTERNAL_DIFF || "diff")
    .split(" ")
    .filter((word) => /^[a-zA-Z0-9-=/._]+$/.test(word));
  const flags = process.env.KUBECTL_EXTERNAL_DIFF ? given : ["-u", "-N"];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...flags, live, merged], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (chunk: Buffer) => process.stdout.write(chunk));
    child.once("error", (error) =>
      reject(
        new UsageError(`failed to run ${JSON.stringify(command)}: ${error.message}: install it, or name another in KUBECTL_EXTERNAL_DIFF`),
      ),
    );
    child.once("close", (code) => resolve(code ?? 2));
  });
}
