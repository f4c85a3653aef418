import { Pod } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { nextToEnd } from "../../lifecycle/kill-order.ts";
import type { PodState } from "../pod-state.ts";

/** Source: kubelet: a pod gets at least a second, whatever is asked for. */
const MIN_GRACE_SECONDS = 1;

/** One step of a pod that ends: its containers, then its network, and, when it is deleted, all the rest. Gives whether nothing is left to do. */
export async function endPod(state: PodState): Promise<boolean> {
  const { inventory, clock } = state.context;
  const { uid } = state.pod.metadata;
  state.ending.abort();
  state.probes.stopLivenessAndStartup();
  const { containers, sandboxes } = inventory.pod(uid);
  const running = containers.filter((c) => c.state === "running");
  for (const container of nextToEnd(state.pod, running))
    state.kill(container, `Stopping container ${container.name}`, remainingGrace(state, clock.now()));
  if (running.length || state.starting.size) {
    state.report(inventory.pod(uid));
    return false;
  }
  state.over = true;
  state.probes.stop();
  state.context.exclusiveClaims.leave(uid);
  state.report(inventory.pod(uid));
  if (!state.removed && !state.isDeleted) {
    await state.home.leaveSandboxes(sandboxes);
    return true;
  }
  await Promise.all([deleteObject(state), demolish(state)]);
  return true;
}

/** Seconds until the pod has to be gone; asking for less later counts, asking for more does not. */
function remainingGrace(state: PodState, now: number): number {
  const { metadata, spec } = state.pod;
  const asked = metadata.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  // Who forced the deletion may start another in its place at any moment.
  const seconds = state.removed ? MIN_GRACE_SECONDS : Math.max(MIN_GRACE_SECONDS, asked);
  state.endsBy = Math.min(state.endsBy ?? Number.POSITIVE_INFINITY, now + seconds * 1000);
  return Math.max(MIN_GRACE_SECONDS, Math.ceil((state.endsBy - now) / 1000));
}

/** The last word on the pod, and then its object: it was only waiting for this node. */
async function deleteObject(state: PodState): Promise<void> {
  if (state.removed) return;
  await state.reporter.flushed();
  const { name, namespace, uid } = state.pod.metadata;
  const options = { gracePeriodSeconds: 0, preconditions: { uid } };
  await state.context.client.delete(Pod, { name, ...(namespace && { namespace }) }, options).catch((error: unknown) => {
    if (!hasReason(error, "NotFound")) throw error;
  });
}

/** Removes everything of the pod from this node. */
async function demolish(state: PodState): Promise<void> {
  const { runtime, inventory, images, background } = state.context;
  const { uid } = state.pod.metadata;
  const { containers, sandboxes } = inventory.pod(uid);
  await Promise.all(
    containers.map(async ({ id }) => {
      await background(() => runtime.removeContainer(id));
      inventory.noteGone(id);
    }),
  );
  await state.home.leaveSandboxes(sandboxes);
  await state.home.demolish();
  images.forget(uid);
}
