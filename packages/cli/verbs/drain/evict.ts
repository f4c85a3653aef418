import { Pod } from "@wherry/api";
import { systemClock } from "@wherry/base/clock.ts";
import { StatusError } from "@wherry/base/status-error.ts";
import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { parseDuration, untilGone } from "../../wait-for.ts";

/** How pods are got rid of. */
export interface EvictOptions {
  /** Negative: as the pod itself says. */
  gracePeriod: string;
  /** Delete without asking the disruption budgets. */
  disableEviction?: boolean;
  timeout: string;
  skipWaitForDeleteTimeout: string;
}

/** How long a pod that its budget protects is left alone before it is asked for again. Source: kubectl pkg/drain/drain.go. */
const RETRY_MS = 5000;

/** Evicts all, each as soon as its disruption budget allows it, and waits until they are gone. Throws a UsageError when time is over. */
export async function evictAll(
  connection: Connection,
  pods: readonly Pod[],
  options: EvictOptions,
  write: (text: string) => void,
): Promise<void> {
  const timeoutMs = parseDuration(options.timeout, "--timeout");
  const limit = timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : new AbortController().signal;
  await Promise.all(pods.map((pod) => evictOne(connection, pod, options, limit, write)));
}

async function evictOne(
  connection: Connection,
  pod: Pod,
  options: EvictOptions,
  limit: AbortSignal,
  write: (text: string) => void,
): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const timeUp = () =>
    new UsageError(
      `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${options.timeout}`,
    );
  write(`${options.disableEviction ? "deleting" : "evicting"} pod ${namespace}/${name}\n`);
  while (!(await asked(connection, pod, options))) await systemClock.sleep(RETRY_MS, limit).catch(() => Promise.reject(timeUp()));
  if (!skipped(pod, options))
    await Promise.race([untilGone(connection.client, Pod as never, { name, namespace }, uid), aborted(limit, timeUp)]);
  write(`pod/${name} ${options.disableEviction ? "deleted" : "evicted"}\n`);
}

/** Whether the pod is on its way out; false when its budget does not allow that now. */
async function asked({ client }: Connection, pod: Pod, options: EvictOptions): Promise<boolean> {
  const { name, namespace } = pod.metadata;
  const seconds = Number(options.gracePeriod);
  const deleteOptions = seconds >= 0 ? { gracePeriodSeconds: seconds } : {};
  try {
    if (options.disableEviction) await client.delete(Pod, { name, namespace }, deleteOptions);
    else
      await client.post(Pod, { name, namespace }, "eviction", {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name, namespace },
        deleteOptions,
      });
    return true;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.code === 404 && error.status.details?.name) return true;
    if (error.code === 404)
      throw new UsageError("the server does not serve pods/eviction: use --disable-eviction to delete the pods instead");
    if (error.code !== 429)
      throw new UsageError(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${error.message}`);
    process.stderr.write(
      `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${error.message}\n`,
    );
    return false;
  }
}

/** A pod that has been on its way out for long may never go: its node is gone. */
function skipped({ metadata }: Pod, { skipWaitForDeleteTimeout }: EvictOptions): boolean {
  const seconds = Number(skipWaitForDeleteTimeout);
  return seconds > 0 && metadata.deletionTimestamp !== undefined && Date.now() - Date.parse(metadata.deletionTimestamp) > seconds * 1000;
}

function aborted(signal: AbortSignal, error: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(error());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
