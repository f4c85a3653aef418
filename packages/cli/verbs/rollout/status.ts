import type { ApiObject } from "@wherry/machinery";
import { UsageError } from "../../errors.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Verb } from "../../verb.ts";
import { parseDuration, waitFor } from "../../wait-for.ts";
import { eachWorkload, mustHaveRollouts, type Rollout, type RolloutOptions, rolloutFlags, type Workload } from "./workload.ts";

interface Options extends RolloutOptions {
  timeout: string;
  watch: boolean;
  revision: string;
}

/** `wherry rollout status`. */
export const status: Verb = {
  description: "say how far a rollout is, until it is complete",
  words: "(TYPE NAME | TYPE/NAME)",
  client: true,
  completes: "objects",
  flags: (command) =>
    rolloutFlags(command)
      .option("--timeout <duration>", "give up after this time", "0s")
      .option("--revision <n>", "only as long as this revision is the newest", "0")
      .option("--no-watch", "say where it stands and return"),
  run: (words, options: Options, { write }) => eachWorkload(words, options, write, follow),
};

/** Prints each step of the rollout until it is complete; fails when its deadline passes. */
async function follow(rollout: Rollout<Options>): Promise<void> {
  const { connection, resource, workload, options, write } = rollout;
  mustHaveRollouts(rollout, (kind) => `no status viewer has been implemented for ${kind}`);
  let last = "";
  const done = (object: ApiObject | undefined) => {
    if (!object) throw new UsageError("object has been deleted");
    const { message, done } = progress(object as Workload, Number(options.revision));
    if (message !== last) write(message);
    last = message;
    return done || !options.watch;
  };
  await waitFor(
    connection.client,
    definitionOf(resource),
    workload.metadata,
    done,
    parseDuration(options.timeout, "--timeout") || undefined,
  );
}

/** Where a rollout stands. */
export interface Progress {
  /** A line. */
  message: string;
  done: boolean;
}

interface Status {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  readyReplicas?: number;
  currentReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  updatedNumberScheduled?: number;
  desiredNumberScheduled?: number;
  numberAvailable?: number;
  conditions?: { type: string; reason?: string }[];
}

const REVISION = "deployment.kubernetes.io/revision";
const waiting = (message: string): Progress => ({ message: `${message}\n`, done: false });
const complete = (message: string): Progress => ({ message: `${message}\n`, done: true });

/** Where the rollout of a workload stands, in kubectl's words. Source: kubectl pkg/polymorphichelpers/rollout_status.go. */
export function progress(workload: Workload, revision = 0): Progress {
  const status = (workload as { status?: Status }).status ?? {};
  const current = Number(workload.metadata.annotations?.[REVISION] ?? 0);
  if (workload.kind === "Deployment" && revision > 0 && current !== revision)
    throw new UsageError(`desired revision (${revision}) is different from the running revision (${current})`);
  const unseen = (workload.metadata.generation ?? 0) > (status.observedGeneration ?? 0);
  if (workload.kind === "DaemonSet") return ofDaemonSet(workload, status, unseen);
  if (workload.kind === "StatefulSet") return ofStatefulSet(workload, status, unseen);
  return unseen ? waiting("Waiting for deployment spec update to be observed...") : ofDeployment(workload, status);
}

function ofDeployment({ metadata, spec }: Workload, status: Status): Progress {
  const name = JSON.stringify(metadata.name);
  if (status.conditions?.find((c) => c.type === "Progressing")?.reason === "ProgressDeadlineExceeded") {
    throw new UsageError(`deployment ${name} exceeded its progress deadline`);
  }
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas: updated = 0, replicas = 0, availableReplicas: available = 0 } = status;
  const head = `Waiting for deployment ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${head} ${updated} out of ${wanted} new replicas have been updated...`);
  if (replicas > updated) return waiting(`${head} ${replicas - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${head} ${available} of ${updated} updated replicas are available...`);
  return complete(`deployment ${name} successfully rolled out`);
}

function ofDaemonSet({ metadata, spec }: Workload, status: Status, unseen: boolean): Progress {
  if (spec.updateStrategy?.type !== "RollingUpdate")
    throw new UsageError("rollout status is only available for RollingUpdate strategy type");
  if (unseen) return waiting("Waiting for daemon set spec update to be observed...");
  const name = JSON.stringify(metadata.name);
  const { updatedNumberScheduled: updated = 0, desiredNumberScheduled: wanted = 0, numberAvailable: available = 0 } = status;
  const head = `Waiting for daemon set ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${head} ${updated} out of ${wanted} new pods have been updated...`);
  if (available < wanted) return waiting(`${head} ${available} of ${wanted} updated pods are available...`);
  return complete(`daemon set ${name} successfully rolled out`);
}

function ofStatefulSet({ spec }: Workload, status: Status, unseen: boolean): Progress {
  if (spec.updateStrategy?.type !== "RollingUpdate")
    throw new UsageError("rollout status is only available for RollingUpdate strategy type");
  if (!status.observedGeneration || unseen) return waiting("Waiting for statefulset spec update to be observed...");
  const { replicas: wanted = 1 } = spec;
  const { readyReplicas: ready = 0, updatedReplicas: updated = 0, currentReplicas = 0, currentRevision, updateRevision } = status;
  if (ready < wanted) return waiting(`Waiting for ${wanted - ready} pods to be ready...`);
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    if (updated < wanted - partition)
      return waiting(`Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated...`);
    return complete(`partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  if (updateRevision !== currentRevision)
    return waiting(`waiting for statefulset rolling update to complete ${updated} pods at revision ${updateRevision}...`);
  return complete(`statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...`);
}
