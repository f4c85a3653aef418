import { Deployment, ReplicaSet } from "@wherry/api";
import { rfc3339 } from "@wherry/base/clock.ts";
import { controllerOf } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags } from "../flags.ts";
import { textTable } from "../output/text-table.ts";
import { objectLabel } from "../resource-catalogue.ts";
import { parseTargets, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { parseDuration, waitFor } from "../wait-for.ts";

export interface RolloutOptions extends ConnectionOptions, TargetOptions {
  toRevision?: string;
  revision?: string;
  timeout?: string;
  watch?: boolean;
}

interface Rollout {
  connection: Connection;
  deployment: Deployment;
  /** `deployment.apps/web` */
  label: string;
  options: RolloutOptions;
  write(text: string): void;
}

const REVISION = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** `wherry rollout`. */
export const verb: Verb = {
  description: "follow and steer a rollout",
  words: "status|history|undo|pause|resume|restart TYPE/NAME",
  client: true,
  flags: (command) =>
    fileFlags(command)
      .option("--to-revision <n>", "undo: back to this revision")
      .option("--revision <n>", "history: details of this revision")
      .option("--timeout <duration>", "status: give up after this time")
      .option("--no-watch", "status: say where it stands and return"),
  run: ([action = "", ...words], options: RolloutOptions, { write }) => rollout(action, words, options, write),
};

/** `wherry rollout status|history|undo|pause|resume|restart deployment/NAME`. */
export async function rollout(action: string, words: string[], options: RolloutOptions, write: (text: string) => void): Promise<void> {
  const run = ACTIONS[action];
  if (!run) throw new UsageError(`unknown rollout action "${action}": use ${Object.keys(ACTIONS).join(", ")}`);
  const connection = await connect(options);
  try {
    for (const { resource, name, namespace } of await parseTargets(connection, words, options)) {
      if (name === undefined) throw new UsageError("required resource not specified: name it, as in deployment/web");
      if (resource.kind !== "Deployment") throw new UsageError(`no rollouts are built for ${resource.kind}: only for Deployment`);
      const deployment = await connection.client.get(Deployment, { name, namespace });
      await run({ connection, deployment, label: objectLabel(resource, name), options, write });
    }
  } finally {
    connection.close();
  }
}

const ACTIONS: Readonly<Record<string, (rollout: Rollout) => Promise<void>>> = {
  status,
  history,
  undo,
  restart,
  pause: (r) => setPaused(r, true),
  resume: (r) => setPaused(r, false),
};

const nameOf = ({ deployment }: Rollout) => ({ name: deployment.metadata.name, namespace: deployment.metadata.namespace });

/** Prints each step of the rollout until it is complete; fails when its deadline passes. */
async function status(r: Rollout): Promise<void> {
  const timeout = r.options.timeout && r.options.timeout !== "0s" ? parseDuration(r.options.timeout, "--timeout") : undefined;
  let last = "";
  await waitFor(
    r.connection.client,
    Deployment as never,
    nameOf(r),
    (object) => {
      if (!object) throw new UsageError("object has been deleted");
      const { message, done } = progress(object as Deployment);
      if (message !== last) r.write(message);
      last = message;
      return done || r.options.watch === false;
    },
    timeout,
  );
}

/** Where a rollout stands, in kubectl's words. Source: kubectl pkg/polymorphichelpers/rollout_status.go. */
export function progress({ metadata, spec, status = {} }: Deployment): { message: string; done: boolean } {
  const name = JSON.stringify(metadata.name);
  const waiting = (message: string) => ({ message: `${message}\n`, done: false });
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return waiting("Waiting for deployment spec update to be observed...");
  if (status.conditions?.find((c) => c.type === "Progressing")?.reason === "ProgressDeadlineExceeded") {
    throw new UsageError(`deployment ${name} exceeded its progress deadline`);
  }
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas: updated = 0, replicas = 0, availableReplicas: available = 0 } = status;
  const head = `Waiting for deployment ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${head} ${updated} out of ${wanted} new replicas have been updated...`);
  if (replicas > updated) return waiting(`${head} ${replicas - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${head} ${available} of ${updated} updated replicas are available...`);
  return { message: `deployment ${name} successfully rolled out\n`, done: true };
}

/** The replica sets of the deployment by revision, oldest first. */
async function revisions({ connection, deployment }: Rollout): Promise<{ revision: number; set: ReplicaSet }[]> {
  const { items } = await connection.client.list(ReplicaSet, { namespace: deployment.metadata.namespace });
  return items
    .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid)
    .map((set) => ({ revision: Number(set.metadata.annotations?.[REVISION] ?? 0), set }))
    .toSorted((a, b) => a.revision - b.revision);
}

async function history(r: Rollout): Promise<void> {
  const all = await revisions(r);
  if (r.options.revision !== undefined) {
    const found = pick(all, Number(r.options.revision));
    const { stringify } = await import("yaml");
    return r.write(`${r.label} with revision #${found.revision}\n${stringify(found.set.spec.template)}`);
  }
  const rows = all.map(({ revision, set }) => [String(revision), set.metadata.annotations?.[CHANGE_CAUSE] ?? "<none>"]);
  r.write(`${r.label} \n${textTable([["REVISION", "CHANGE-CAUSE"], ...rows])}\n`);
}

function pick(all: { revision: number; set: ReplicaSet }[], revision: number): { revision: number; set: ReplicaSet } {
  const found = all.find((entry) => entry.revision === revision);
  if (!found) throw new UsageError(`unable to find the specified revision ${revision}`);
  return found;
}

/** Puts the pod template of an earlier revision back. */
async function undo(r: Rollout): Promise<void> {
  if (r.deployment.spec.paused) {
    throw new UsageError(`you cannot rollback a paused deployment; resume it first with 'wherry rollout resume ${r.label}' and try again`);
  }
  const all = await revisions(r);
  const wanted = Number(r.options.toRevision ?? 0);
  const target = wanted ? pick(all, wanted) : all.at(-2);
  if (!target) throw new UsageError(`no rollout history found for deployment "${r.deployment.metadata.name}"`);
  const { "pod-template-hash": _, ...labels } = target.set.spec.template?.metadata?.labels ?? {};
  const template = { ...target.set.spec.template, metadata: { ...target.set.spec.template?.metadata, labels } };
  const patch = [{ op: "replace", path: "/spec/template", value: template }];
  const next = await r.connection.client.patch(Deployment, nameOf(r), { type: "json", body: patch });
  const same = next.metadata.resourceVersion === r.deployment.metadata.resourceVersion;
  r.write(`${r.label} ${same ? `skipped rollback (current template already matches revision ${target.revision})` : "rolled back"}\n`);
}

async function restart(r: Rollout): Promise<void> {
  if (r.deployment.spec.paused) throw new UsageError(`can't restart paused deployment (run rollout resume first)`);
  const annotations = { "kubectl.kubernetes.io/restartedAt": rfc3339(Date.now()) };
  await r.connection.client.patch(Deployment, nameOf(r), {
    type: "strategic",
    body: { spec: { template: { metadata: { annotations } } } },
  });
  r.write(`${r.label} restarted\n`);
}

async function setPaused(r: Rollout, paused: boolean): Promise<void> {
  if (Boolean(r.deployment.spec.paused) === paused) throw new UsageError(`${r.label} is ${paused ? "already" : "not"} paused`);
  await r.connection.client.patch(Deployment, nameOf(r), { type: "strategic", body: { spec: { paused } } });
  r.write(`${r.label} ${paused ? "paused" : "resumed"}\n`);
}
