import { Lease, type Node } from "@wherry/api";
import { Backoff, type Clock, hasReason, type Logger, rfc3339Micro } from "@wherry/base";
import type { Client } from "@wherry/client";

export interface LeaseKeeperOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  node(): Node;
}

const NAMESPACE = "kube-node-lease";
const DURATION_SECONDS = 40;
const EVERY_MS = 10_000;
const RETRY = { initial: 200, max: 7_000, jitter: 0.2 };

/** Tells the cluster every ten seconds that this node lives. Runs until the signal aborts. Source: kubelet's node lease controller. */
export async function keepLease({ client, clock, log, signal, node }: LeaseKeeperOptions): Promise<void> {
  const backoff = new Backoff(RETRY);
  let lease: Lease | undefined;
  while (!signal.aborted) {
    try {
      lease = await renew(client, clock, node(), lease);
      backoff.reset();
      await clock.sleep(EVERY_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.debug("the node's lease cannot be renewed: trying again", { error });
      lease = undefined;
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}

async function renew(client: Client, clock: Clock, node: Node, known: Lease | undefined): Promise<Lease> {
  const { name, uid } = node.metadata;
  const spec = { holderIdentity: name, leaseDurationSeconds: DURATION_SECONDS, renewTime: rfc3339Micro(clock.now()) };
  const lease = known ?? (await client.get(Lease, { namespace: NAMESPACE, name }).catch(notFound));
  if (lease) return client.update(Lease, { ...lease, spec: { ...lease.spec, ...spec } });
  const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid }];
  return client.create(Lease, { metadata: { namespace: NAMESPACE, name, ownerReferences }, spec });
}

function notFound(error: unknown): undefined {
  if (!hasReason(error, "NotFound")) throw error;
}
