import { rfc3339 } from "@wherry/base/clock.ts";
import { UsageError } from "../../errors.ts";
import { report } from "../../output/report.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { cannot, changingFlags, eachWorkload, mustHaveRollouts, type Rollout, type RolloutOptions } from "./workload.ts";

const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

/** `wherry rollout restart`. */
export const restart: Verb = {
  description: "start the pods of a workload anew, one after another",
  words: "RESOURCE",
  client: true,
  completes: "objects",
  flags: changingFlags,
  run: (words, options: RolloutOptions, { write }) => eachWorkload(words, options, write, restartOne),
};

async function restartOne(rollout: Rollout): Promise<void> {
  const { connection, resource, workload, options, write } = rollout;
  mustHaveRollouts(rollout, () => cannot(rollout, "restarting is not supported").message);
  if (workload.spec.paused) throw cannot(rollout, "can't restart paused deployment (run rollout resume first)");
  const now = rfc3339(Date.now());
  const { name, namespace } = workload.metadata;
  if (workload.spec.template.metadata?.annotations?.[RESTARTED_AT] === now) {
    throw new UsageError(
      `failed to create patch for ${name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
    );
  }
  const body = { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: now } } } } };
  const send = { fieldManager: options.fieldManager ?? "kubectl-rollout", dryRun: options.dryRun === "server" };
  if (options.dryRun === "client") return write(await report(workload, resource, "restarted", options));
  write(
    await report(
      await connection.client.patch(definitionOf(resource), { name, namespace }, { type: "strategic", body }, send),
      resource,
      "restarted",
      options,
    ),
  );
}
