import { deepEqual } from "@wherry/machinery/deep-equal.ts";
import { UsageError } from "../../errors.ts";
import { report } from "../../output/report.ts";
import { definitionOf, objectLabel } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { pickRevision, revisionsOf, withoutHash } from "./revisions.ts";
import { changingFlags, eachWorkload, mustHaveRollouts, type Rollout, type RolloutOptions } from "./workload.ts";

interface Options extends RolloutOptions {
  toRevision: string;
}

/** `wherry rollout undo`. */
export const undo: Verb = {
  description: "put an earlier revision back",
  words: "(TYPE NAME | TYPE/NAME)",
  client: true,
  completes: "objects",
  flags: (command) => changingFlags(command).option("--to-revision <n>", "which one; the one before unless given", "0"),
  run: (words, options: Options, { write }) => eachWorkload(words, options, write, putBack),
};

async function putBack(rollout: Rollout<Options>): Promise<void> {
  const { connection, resource, workload, options, write } = rollout;
  mustHaveRollouts(rollout, (kind) => `no rollbacker has been implemented for ${kind}`);
  const { name, namespace } = workload.metadata;
  if (workload.spec.paused) {
    const label = `${resource.kind.toLowerCase()}/${name}`;
    throw new UsageError(`you cannot rollback a paused deployment; resume it first with 'wherry rollout resume ${label}' and try again`);
  }
  const { number, template: kept } = pickRevision(await revisionsOf(rollout), Number(options.toRevision), name);
  const template = withoutHash(kept);
  if (deepEqual(template, workload.spec.template)) {
    return write(`${objectLabel(resource, name)} skipped rollback (current template already matches revision ${number})\n`);
  }
  if (options.dryRun === "client") return write(await report(workload, resource, "rolled back", options));
  const patch = { type: "json", body: [{ op: "replace", path: "/spec/template", value: template }] } as const;
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? "kubectl-rollout" };
  write(
    await report(await connection.client.patch(definitionOf(resource), { name, namespace }, patch, send), resource, "rolled back", options),
  );
}
