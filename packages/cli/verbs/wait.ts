import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, selectorFlag } from "../flags.ts";
import { findJsonPath, showValue } from "../output/jsonpath.ts";
import { definitionOf, objectLabel } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { parseDuration, waitFor } from "../wait-for.ts";

export interface WaitOptions extends ConnectionOptions, TargetOptions {
  for?: string;
  timeout?: string;
  all?: boolean;
  selector?: string;
}

type Done = (object: ApiObject | undefined) => boolean;

/** `wherry wait`. */
export const verb: Verb = {
  description: "wait for a condition",
  words: "TYPE/NAME --for=...",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(fileFlags(command))
      .option("--for <condition>", "condition=NAME[=VALUE], delete, create or jsonpath=PATH[=VALUE]")
      .option("--timeout <duration>", "give up after this time (30s)")
      .option("--all", "all objects of the type")
      .option("-A, --all-namespaces", "of all namespaces"),
  run: (words, options: WaitOptions, { write }) => wait(words, options, write),
};

/** How long `--timeout` means when it is negative. Source: kubectl pkg/cmd/wait/wait.go. */
const WEEK_MS = 7 * 24 * 3_600_000;

/** `wherry wait --for=condition=X[=VALUE]|delete|create|jsonpath=PATH[=VALUE]`. */
export async function wait(words: string[], options: WaitOptions, write: (text: string) => void): Promise<void> {
  const condition = parseCondition(options.for);
  const given = options.timeout ?? "30s";
  const timeout = given.startsWith("-") ? WEEK_MS : parseDuration(given, "--timeout");
  const connection = await connect(options);
  try {
    const targets = await named(connection, await parseTargets(connection, words, options), options);
    if (!targets.length && condition.missing !== "done") throw new UsageError("no matching resources found");
    await Promise.all(targets.map((target) => waitForOne(connection, target, condition, timeout, write)));
  } finally {
    connection.close();
  }
}

async function waitForOne(
  { client }: Connection,
  { resource, name = "", namespace }: Target,
  condition: Condition,
  timeout: number,
  write: (text: string) => void,
): Promise<void> {
  const kind = definitionOf(resource);
  const first = await client.get(kind, { name, namespace }).catch((error: unknown) => {
    if (error instanceof StatusError && error.code === 404 && condition.missing !== "failure") return undefined;
    throw error;
  });
  if (!first && condition.missing === "done") return;
  if (!condition.done(first)) {
    if (timeout === 0) throw new UsageError(`condition not met for ${resource.name}/${name}`);
    await waitFor(client, kind, { name, namespace }, condition.done, timeout);
  }
  write(`${objectLabel(resource, name)} condition met\n`);
}

async function named(connection: Connection, targets: Target[], options: WaitOptions): Promise<Target[]> {
  const lists = targets.map(async (target) => {
    if (target.name !== undefined) return [target];
    if (!options.all && options.selector === undefined)
      throw new UsageError("resource name may not be empty: name it, or use --all or --selector");
    const { items } = await connection.client.list(definitionOf(target.resource), {
      namespace: target.namespace,
      labelSelector: options.selector,
    });
    return items.map((o) => ({ ...target, name: o.metadata.name, namespace: o.metadata.namespace }));
  });
  return (await Promise.all(lists)).flat();
}

/** What is waited for, and what it means that there is no such object at first. */
interface Condition {
  done: Done;
  missing: "done" | "pending" | "failure";
}

function parseCondition(text = ""): Condition {
  if (/^delete$/i.test(text)) return { done: (o) => o === undefined, missing: "done" };
  if (/^create$/i.test(text)) return { done: (o) => o !== undefined, missing: "pending" };
  if (text.startsWith("condition=")) return { done: conditionIs(text.slice("condition=".length)), missing: "failure" };
  if (text.startsWith("jsonpath=")) return { done: pathIs(text.slice("jsonpath=".length)), missing: "failure" };
  throw new UsageError(
    `unrecognized condition: ${JSON.stringify(text)}: use --for=condition=NAME[=VALUE], delete, create or jsonpath=PATH[=VALUE]`,
  );
}

interface Conditioned {
  metadata: { generation?: number };
  status?: { observedGeneration?: number; conditions?: { type: string; status: string; observedGeneration?: number }[] };
}

function conditionIs(text: string): Done {
  const [type, value = "true"] = text.toLowerCase().split("=") as [string, string?];
  return (object) => {
    const { metadata, status } = (object ?? { metadata: {} }) as Conditioned;
    const condition = status?.conditions?.find((c) => c.type.toLowerCase() === type);
    const observed = condition?.observedGeneration ?? status?.observedGeneration;
    const stale = observed !== undefined && metadata.generation !== undefined && observed < metadata.generation;
    return condition?.status.toLowerCase() === value && !stale;
  };
}

function pathIs(text: string): Done {
  const match = /^(\{.*\}|[^=]*)(?:=(.*))?$/s.exec(text);
  const [, path = "", value] = match ?? [];
  return (object) => {
    const found = object === undefined ? [] : findJsonPath(path, object).map(showValue);
    return value === undefined ? found.length > 0 : found.length === 1 && found[0] === value;
  };
}
