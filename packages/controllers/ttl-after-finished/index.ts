import { Job } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { expiryOf } from "./plan.ts";

/** Deletes finished Jobs, with their pods, when their time is over. Source: pkg/controller/ttlafterfinished. */
export function ttlAfterFinishedController(): Controller {
  return {
    name: "ttl-after-finished-controller",
    watches: [watchOf({ kind: Job, wakes: (job, { gone }) => (!gone && expiryOf(job) !== undefined ? [keyOf(job)] : []) })],
    async reconcile(key, { lister, client, clock, wrote }) {
      const { name, namespace = "" } = splitKey(key);
      const job = lister(Job).get(name, namespace);
      const expiry = job && expiryOf(job);
      if (!job || expiry === undefined) return;
      if (expiry > clock.now()) return { requeueAfterMs: expiry - clock.now() };
      const { uid, resourceVersion } = job.metadata;
      try {
        // With its resourceVersion: the ttl may just have been made longer.
        const options = { propagationPolicy: "Foreground", preconditions: { uid, resourceVersion } } as const;
        wrote(Job, await client.delete(Job, { name, namespace }, options));
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    },
  };
}
