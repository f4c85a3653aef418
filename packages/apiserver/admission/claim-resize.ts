import { type PersistentVolumeClaim, type StorageClass, storageClassOf } from "@wherry/api";
import { forbidden } from "@wherry/base";
import { Quantity, type Registry } from "@wherry/machinery";
import { resourceName } from "../rest/context.ts";
import type { WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

/**
 * A claim may grow only while it is bound, and only when its class lets it. Source: upstream
 * `plugin/pkg/admission/storage/persistentvolume/resize`.
 */
export function claimResize(registry: Registry, cache: WatchCache): WriteStage {
  const claims = registry.byResource("", "v1", "persistentvolumeclaims");
  const classes = registry.byResource("storage.k8s.io", "v1", "storageclasses");
  return {
    admit(write, object, previous) {
      if (write.operation !== "update" || write.kind !== claims || write.subresource || !previous || !classes) return;
      const claim = object as unknown as PersistentVolumeClaim;
      const before = previous as unknown as PersistentVolumeClaim;
      if (!grows(claim, before)) return;
      const refuse = (why: string) => forbidden(resourceName(write.kind), write.name, why);
      if (before.status?.phase !== "Bound") throw refuse("Only bound persistent volume claims can be expanded");
      const resource = cache.resource(classes);
      const item = resource.get(resource.root + (storageClassOf(before) ?? ""));
      if ((item?.object() as StorageClass | undefined)?.allowVolumeExpansion) return;
      throw refuse("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
    },
  };
}

function grows(claim: PersistentVolumeClaim, before: PersistentVolumeClaim): boolean {
  const [now, then] = [claim, before].map(({ spec }) => Quantity.tryParse(spec?.resources?.requests?.storage ?? "0"));
  return now !== undefined && then !== undefined && now.compare(then) > 0;
}
