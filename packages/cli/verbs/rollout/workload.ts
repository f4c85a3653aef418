import type { ApiObject } from "@wherry/machinery";
import type { Command } from "commander";
import { type Connection, type ConnectionOptions, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { fileFlags, selectorFlag, writeFlags } from "../../flags.ts";
import { namesManifests } from "../../manifests.ts";
import { type Found, findObjects, forEach, type SelectOptions } from "../../objects.ts";
import type { WriteFlags } from "../../output/report.ts";
import { qualifiedName, type Resource } from "../../resource-catalogue.ts";

/** The flags of all verbs of `rollout`. */
export interface RolloutOptions extends ConnectionOptions, SelectOptions, WriteFlags {}

/** What has rollouts: a Deployment, a DaemonSet or a StatefulSet. */
export interface Workload extends ApiObject {
  spec: {
    replicas?: number;
    paused?: boolean;
    selector?: object;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
    template: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec?: object };
  };
}

/** One of them, and how to talk about it. */
export interface Rollout<Options extends RolloutOptions = RolloutOptions> {
  connection: Connection;
  resource: Resource;
  workload: Workload;
  options: Options;
  write(text: string): void;
}

export const rolloutFlags = (command: Command): Command => selectorFlag(fileFlags(command));
export const changingFlags = (command: Command): Command => writeFlags(rolloutFlags(command));

/** Runs an action for each workload that the words name; a type alone names all of them. Goes on after a failure. */
export async function eachWorkload<Options extends RolloutOptions>(
  words: readonly string[],
  options: Options,
  write: (text: string) => void,
  action: (rollout: Rollout<Options>) => Promise<void>,
): Promise<void> {
  if (!words.length && !namesManifests(options)) throw new UsageError("required resource not specified");
  const connection = await connect(options);
  try {
    const found: Found[] = await findObjects(connection, words, { ...options, all: true });
    await forEach(found, ({ resource, object }) => action({ connection, resource, workload: object as Workload, options, write }));
  } finally {
    connection.close();
  }
}

/** `deployments.apps "web" is already paused`: how kubectl says what a workload cannot do. */
export const cannot = ({ resource, workload }: Rollout, why: string): UsageError =>
  new UsageError(`${qualifiedName(resource)} "${workload.metadata.name}" ${why}`);

/** Throws a UsageError with these words when the kind has no rollouts. */
export function mustHaveRollouts(
  { resource }: Rollout,
  words: (kind: string) => string,
  kinds: readonly string[] = ["Deployment", "DaemonSet", "StatefulSet"],
): void {
  if (!kinds.includes(resource.kind)) throw new UsageError(words(resource.kind));
}
