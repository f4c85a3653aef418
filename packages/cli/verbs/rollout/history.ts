import type { PodTemplateSpec } from "@wherry/api";
import { UsageError } from "../../errors.ts";
import { type OutputOptions, parseOutput, printObject } from "../../output/format.ts";
import { textTable } from "../../output/text-table.ts";
import { objectLabel, resourceOfManifest } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { CHANGE_CAUSE, type Revision, revisionsOf } from "./revisions.ts";
import { changingFlags, eachWorkload, mustHaveRollouts, type Rollout, type RolloutOptions } from "./workload.ts";

interface Options extends RolloutOptions, OutputOptions {
  revision: string;
}

/** `wherry rollout history`. */
export const history: Verb = {
  description: "list the revisions of a workload",
  words: "(TYPE NAME | TYPE/NAME)",
  client: true,
  completes: "objects",
  flags: (command) => changingFlags(command).option("--revision <n>", "the pod template of this revision", "0"),
  run: (words, options: Options, { write }) => eachWorkload(words, options, write, show),
};

async function show(rollout: Rollout<Options>): Promise<void> {
  const { resource, workload, options, write } = rollout;
  mustHaveRollouts(rollout, (kind) => `no history viewer has been implemented for ${kind}`);
  const all = await revisionsOf(rollout);
  const number = Number(options.revision);
  const label = objectLabel(resource, workload.metadata.name);
  if (options.output || options.template) {
    const format = parseOutput(options.output, options);
    for (const { object } of number > 0 ? [wanted(all, number)] : all)
      write(await printObject(object, format, () => objectLabel(resourceOfManifest(object), object.metadata.name)));
    return;
  }
  if (number > 0) return write(`${label} with revision #${number}\n${await templateText(wanted(all, number))}\n`);
  if (!all.length) return write(`${label} \nNo rollout history found.\n`);
  const rows = all.map((revision) => [String(revision.number), revision.changeCause ?? "<none>"]);
  write(`${label} \n${textTable([["REVISION", "CHANGE-CAUSE"], ...rows], 2)}\n`);
}

function wanted(all: readonly Revision[], number: number): Revision {
  const found = all.find((one) => one.number === number);
  if (!found) throw new UsageError("unable to find the specified revision");
  return found;
}

/** Source: kubectl pkg/polymorphichelpers/history.go. */
async function templateText({ template, changeCause, object }: Revision): Promise<string> {
  const { Description } = await import("../../describe/description.ts");
  const { addPodTemplate } = await import("../../describe/pod/template.ts");
  const description = new Description();
  const annotations = {
    ...template.metadata?.annotations,
    ...(changeCause && object.kind === "ReplicaSet" && { [CHANGE_CAUSE]: changeCause }),
  };
  addPodTemplate(description, { ...template, metadata: { ...template.metadata, annotations } } as PodTemplateSpec);
  return description.withTabs();
}
