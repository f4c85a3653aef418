import { UsageError } from "../../errors.ts";
import { type OutputOptions, parseOutput, printObject } from "../../output/format.ts";
import { textTable } from "../../output/text-table.ts";
import { toYaml } from "../../output/yaml.ts";
import { objectLabel } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { revisionsOf } from "./revisions.ts";
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
  if (options.output) {
    const revision = all.find((one) => one.number === number) ?? all.at(-1);
    return write(
      await printObject(
        { ...workload, spec: { ...workload.spec, template: revision?.template } },
        parseOutput(options.output, options),
        () => label,
      ),
    );
  }
  if (number > 0) {
    const found = all.find((one) => one.number === number);
    if (!found) throw new UsageError("unable to find the specified revision");
    return write(`${label} with revision #${number}\n${await toYaml({ "Pod Template": found.template })}`);
  }
  if (!all.length) return write(`${label} \nNo rollout history found.\n`);
  const rows = all.map((revision) => [String(revision.number), revision.changeCause ?? "<none>"]);
  write(`${label} \n${textTable([["REVISION", "CHANGE-CAUSE"], ...rows], 2)}\n`);
}
