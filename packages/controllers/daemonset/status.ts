import { type DaemonSetStatus, isPodReady, type Pod } from "@wherry/api";
import { type DaemonNode, type DaemonSnapshot, isAvailable, isOfRevision } from "./snapshot.ts";

/** What is there, by nodes. Source: daemon_controller.go updateDaemonSetStatus. */
export function daemonSetStatus({ ds, hash, now }: DaemonSnapshot, nodes: readonly DaemonNode[], collisions: number): DaemonSetStatus {
  const desired = nodes.filter(({ shouldRun }) => shouldRun);
  const oldest = desired.flatMap(({ pods }) => pods.toSorted(byCreation)[0] ?? []);
  const ready = oldest.filter(isPodReady);
  const available = ready.filter((pod) => isAvailable(pod, ds, now)).length;
  const updated = oldest.filter((pod) => isOfRevision(pod, hash)).length;
  const { conditions } = ds.status ?? {};
  return {
    currentNumberScheduled: oldest.length,
    desiredNumberScheduled: desired.length,
    numberMisscheduled: nodes.filter(({ shouldRun, pods }) => !shouldRun && pods.length > 0).length,
    numberReady: ready.length,
    ...(ds.metadata.generation !== undefined && { observedGeneration: ds.metadata.generation }),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(desired.length > available && { numberUnavailable: desired.length - available }),
    ...(collisions > 0 && { collisionCount: collisions }),
    ...(conditions && { conditions }),
  };
}

const byCreation = (a: Pod, b: Pod): number => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
