import { StatusError } from "@wherry/base";
import type { Client, ObjectName } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { UsageError } from "./errors.ts";

/**
 * Watches one object until `done` says so of it (undefined = it does not exist), and gives it. No polling: every look follows an event. Rejects with a UsageError
 * after `timeoutMs`.
 */
export async function waitFor(
  client: Client,
  kind: KindDefinition<ApiObject>,
  name: ObjectName,
  done: (object: ApiObject | undefined) => boolean,
  timeoutMs?: number,
): Promise<ApiObject | undefined> {
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  while (!timeout?.aborted) {
    const found = await watchOnce(client, kind, name, done, timeout);
    if (found !== "ended") return found;
  }
  throw new UsageError(`timed out waiting for the condition on ${kind.plural}/${name.name}`);
}

async function watchOnce(
  client: Client,
  kind: KindDefinition<ApiObject>,
  { name, namespace }: ObjectName,
  done: (object: ApiObject | undefined) => boolean,
  timeout: AbortSignal | undefined,
): Promise<ApiObject | undefined | "ended"> {
  const fieldSelector = `metadata.name=${name}`;
  const list = await client.list(kind, { namespace, fieldSelector });
  if (done(list.items[0])) return list.items[0];
  const stop = new AbortController();
  const signal = timeout ? AbortSignal.any([stop.signal, timeout]) : stop.signal;
  try {
    for await (const event of client.watch(kind, { namespace, fieldSelector, resourceVersion: list.metadata.resourceVersion }, signal)) {
      const object = event.type === "DELETED" ? undefined : event.object;
      if (event.type !== "BOOKMARK" && done(object)) return object;
    }
  } catch (error) {
    // A history that is gone is no answer: look again.
    if (!(error instanceof StatusError && error.code === 410)) throw error;
  } finally {
    stop.abort();
  }
  return "ended";
}

/** Waits until the object is gone, or another one has taken its name. */
export async function untilGone(
  client: Client,
  kind: KindDefinition<ApiObject>,
  name: ObjectName,
  uid: string | undefined,
  timeoutMs?: number,
): Promise<void> {
  await waitFor(client, kind, name, (o) => o === undefined || (uid !== undefined && o.metadata.uid !== uid), timeoutMs);
}

/** Reads Go's durations as the flags take them: `30s`, `5m`, `1h30m`, `-500ms`; a bare 0 too. Milliseconds. Source: Go's `time.ParseDuration`. */
export function parseDuration(text: string, flag: string): number {
  const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 } as const;
  const [, sign = "", size = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const parts = [...size.matchAll(/(\d+\.?\d*|\.\d+)(ms|us|µs|ns|h|m|s)/g)];
  if (size === "0") return 0;
  if (!parts.length || parts.map((p) => p[0]).join("") !== size)
    throw new UsageError(`invalid argument ${JSON.stringify(text)} for "${flag}" flag: ${whyNot(text, size)}`);
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
  return sign === "-" ? -ms : ms;
}

function whyNot(text: string, size: string): string {
  const unitless = /^(\d+\.?\d*|\.\d+)$/.test(size);
  return `time: ${unitless ? "missing unit in" : "invalid"} duration ${JSON.stringify(text)}`;
}
