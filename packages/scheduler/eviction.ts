import { Pod } from "@wherry/api";
import { type Clock, rfc3339, StatusError } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { EventRecorder } from "@wherry/engine";
import type { PodInfo } from "./framework/pod-info.ts";

export interface Evicting {
  client: Client;
  clock: Clock;
  events: EventRecorder;
  schedulerName: string;
}

/**
 * Drives pods away for another one: each learns why (`DisruptionTarget`), and is deleted with the grace that it asks for. What is gone by then
 * is fine. Source: `prepareCandidate`.
 */
export async function evict(
  { client, clock, events, schedulerName }: Evicting,
  victims: readonly PodInfo[],
  preemptor: Pod,
  node: string,
): Promise<void> {
  const message = `${schedulerName}: preempting to accommodate a higher priority pod`;
  await Promise.all(
    victims.map(async ({ pod }) => {
      if (pod.metadata.deletionTimestamp) return;
      const { name, namespace, uid } = pod.metadata;
      const of = { name, ...(namespace && { namespace }) };
      const condition = {
        type: "DisruptionTarget",
        status: "True",
        reason: "PreemptionByScheduler",
        message,
        lastTransitionTime: rfc3339(clock.now()),
      };
      try {
        const body = { metadata: { uid }, status: { conditions: [condition] } };
        await client.patch(Pod, of, { type: "strategic", body }, { subresource: "status" });
        await client.delete(Pod, of, { preconditions: { uid } });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      events.event(pod, "Normal", "Preempted", `Preempted by pod ${preemptor.metadata.uid} on node ${node}`);
    }),
  );
}

/** Another pod of that name is no reason to stop either. */
const isGone = (error: unknown) => error instanceof StatusError && (error.code === 404 || error.code === 409);
