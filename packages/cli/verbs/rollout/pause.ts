import { report } from "../../output/report.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { cannot, changingFlags, eachWorkload, mustHaveRollouts, type Rollout, type RolloutOptions } from "./workload.ts";

/** `wherry rollout pause`. */
export const pause: Verb = pausing(true, "changes of a deployment wait until it is resumed");

/** `wherry rollout resume`. */
export const resume: Verb = pausing(false, "go on with a paused deployment");

function pausing(paused: boolean, description: string): Verb {
  const run = (words: string[], options: RolloutOptions, { write }: { write(text: string): void }) =>
    eachWorkload(words, options, write, (rollout) => setPaused(rollout, paused));
  return { description, words: "RESOURCE", client: true, completes: "objects", flags: changingFlags, run };
}

async function setPaused(rollout: Rollout, paused: boolean): Promise<void> {
  const { connection, resource, workload, options, write } = rollout;
  mustHaveRollouts(rollout, () => cannot(rollout, `${paused ? "pausing" : "resuming"} is not supported`).message, ["Deployment"]);
  if (Boolean(workload.spec.paused) === paused) throw cannot(rollout, `is ${paused ? "already" : "not"} paused`);
  const { name, namespace } = workload.metadata;
  const send = { fieldManager: options.fieldManager ?? "kubectl-rollout", dryRun: options.dryRun === "server" };
  const done = paused ? "paused" : "resumed";
  if (options.dryRun === "client") return write(await report(workload, resource, done, options));
  write(
    await report(
      await connection.client.patch(definitionOf(resource), { name, namespace }, { type: "strategic", body: { spec: { paused } } }, send),
      resource,
      done,
      options,
    ),
  );
}
