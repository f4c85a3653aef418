import { type Node, nodeAddress } from "@wherry/api";
import { Backoff, type Clock, type Logger } from "@wherry/base";
import type { Informer } from "@wherry/client";
import { deepEqual } from "@wherry/machinery";
import type { NetworkDriver, Peer } from "@wherry/network";

export interface PeerRoutesOptions {
  network: NetworkDriver;
  nodes: Informer<Node>;
  nodeName: string;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

const RETRY = { initial: 500, max: 30_000 };

/** Keeps the routes to other nodes' pods, from now on. Resolves when they are there for the first time. */
export async function keepPeerRoutes(options: PeerRoutesOptions): Promise<void> {
  const { nodes, signal } = options;
  let applied: readonly Peer[] | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  const backoff = new Backoff(RETRY);
  const apply = async (): Promise<void> => {
    again = false;
    for (let wanted = peersOf(options); !signal.aborted && !deepEqual(wanted, applied); wanted = peersOf(options)) {
      try {
        await options.network.applyPeers(wanted);
        applied = wanted;
        backoff.reset();
      } catch (error) {
        options.log.error("routes to other nodes' pods cannot be made: trying again", { error });
        await options.clock.sleep(backoff.next(), signal).catch(() => {});
      }
    }
  };
  const follow = () => {
    again = true;
    working ??= apply().finally(() => {
      working = undefined;
      if (again) follow();
    });
  };
  await nodes.whenSynced();
  nodes.on({ added: follow, updated: follow, deleted: follow });
  await working;
}

function peersOf({ nodes, nodeName }: PeerRoutesOptions): Peer[] {
  return nodes.lister
    .list()
    .flatMap((node) => {
      const podCIDR = node.spec?.podCIDR;
      const address = nodeAddress(node, "InternalIP");
      return node.metadata.name !== nodeName && podCIDR && address ? [{ node: node.metadata.name, podCIDR, address }] : [];
    })
    .sort((a, b) => (a.node < b.node ? -1 : 1));
}
