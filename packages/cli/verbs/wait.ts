import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, outputFlag, selectorFlag } from "../flags.ts";
import { type Found, forEach, localObjects, type SelectOptions } from "../objects.ts";
import type { OutputOptions } from "../output/format.ts";
import { findJsonPath, showValue } from "../output/jsonpath.ts";
import { report } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import { parseTargets, type Target } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { parseDuration, waitFor } from "../wait-for.ts";

export interface WaitOptions extends ConnectionOptions, SelectOptions, OutputOptions {
  for?: string;
  timeout?: string;
}

type Done = (object: ApiObject | undefined) => boolean;
type Write = (text: string) => void;

/** `wherry wait`. */
export const verb: Verb = {
  description: "wait for a condition",
  words: "([-f FILENAME] | TYPE/NAME | TYPE [(-l label | --all)]) --for=...",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(outputFlag(fileFlags(command)))
      .option("--for <condition>", "condition=NAME[=VALUE], delete, create or jsonpath=PATH[=VALUE]")
      .option("--timeout <duration>", "give up after this time (30s); 0 looks once, and less waits a week")
      .option("--all", "all objects of the type")
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--field-selector <selector>", "only objects with these fields")
      .option("--local", "look at what the files say, without asking a server"),
  run: (words, options: WaitOptions, { write }) => wait(words, options, write),
};

/** How long `--timeout` means when it is negative. Source: kubectl pkg/cmd/wait/wait.go. */
const WEEK_MS = 7 * 24 * 3_600_000;

/** `wherry wait --for=condition=X[=VALUE]|delete|create|jsonpath=PATH[=VALUE]`: one object after another, all within the one time. */
export async function wait(words: string[], options: WaitOptions, write: Write): Promise<void> {
  const condition = parseCondition(options.for);
  const given = parseDuration(options.timeout ?? "30s", "--timeout");
  const end = performance.now() + (given < 0 ? WEEK_MS : given);
  const left = () => (given === 0 ? 0 : Math.max(1, Math.ceil(end - performance.now())));
  if (options.local) return await forEach(await localObjects(options), async (found) => look(found, condition, options, write));
  const connection = await connect(options);
  try {
    const targets = await named(connection, await parseTargets(connection, words, options), options);
    if (!targets.length && condition.missing !== "done") throw new UsageError("no matching resources found");
    await forEach(targets, (target) => waitForOne(connection, target, condition, left, options, write));
  } finally {
    connection.close();
  }
}

async function look({ resource, object }: Found, condition: Condition, options: WaitOptions, write: Write): Promise<void> {
  if (!condition.done(object)) throw new UsageError(`condition not met for ${resource.name}/${object.metadata.name}`);
  write(await report(object, resource, "condition met", options));
}

async function waitForOne(
  { client }: Connection,
  { resource, name = "", namespace }: Target,
  condition: Condition,
  left: () => number,
  options: WaitOptions,
  write: Write,
): Promise<void> {
  const kind = definitionOf(resource);
  const first = await client.get(kind, { name, namespace }).catch((error: unknown) => {
    if (error instanceof StatusError && error.code === 404 && condition.missing !== "failure") return undefined;
    throw error;
  });
  if (!first && condition.missing === "done") return;
  if (condition.done(first)) return write(await report(first as ApiObject, resource, "condition met", options));
  const timeout = left();
  if (timeout === 0) throw new UsageError(`condition not met for ${resource.name}/${name}`);
  const last = await waitFor(client, kind, { name, namespace }, condition.done, timeout).catch((error: unknown) => {
    throw condition.missing === "pending" && error instanceof UsageError ? new UsageError("timed out waiting for the condition") : error;
  });
  write(await report(last ?? (first as ApiObject), resource, "condition met", options));
}

async function named(connection: Connection, targets: Target[], options: WaitOptions): Promise<Target[]> {
  const { selector: labelSelector, fieldSelector, all } = options;
  const lists = targets.map(async (target) => {
    if (target.name !== undefined) return [target];
    if (!all && labelSelector === undefined && fieldSelector === undefined)
      throw new UsageError("resource(s) were provided, but no name was specified");
    const query = { namespace: target.namespace, labelSelector, fieldSelector };
    const { items } = await connection.client.list(definitionOf(target.resource), query);
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
  throw new UsageError(`unrecognized condition: ${JSON.stringify(text)}`);
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
  const [, path = "", value] = /^(\{.*\}|[^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (value === "")
    throw new UsageError("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3");
  return (object) => {
    const found = object === undefined ? [] : findJsonPath(path, object);
    if (value === undefined) return found.length > 0;
    if (found.length > 1) throw new UsageError("given jsonpath expression matches more than one value");
    return found.length === 1 && showValue(found[0]) === value;
  };
}
