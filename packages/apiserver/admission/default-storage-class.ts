import { isDefaultStorageClass, newestDefault, type PersistentVolumeClaim, type StorageClass, storageClassOf } from "@wherry/api";
import type { Registry } from "@wherry/machinery";
import type { WriteStage } from "../rest/write-stage.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";

/**
 * A new claim that names no storage class gets the default one, if there is one; of several the newest. Source: upstream
 * `plugin/pkg/admission/storage/storageclass/setdefault`.
 */
export function defaultStorageClass(registry: Registry, cache: WatchCache): WriteStage {
  const claims = registry.byResource("", "v1", "persistentvolumeclaims");
  const classes = registry.byResource("storage.k8s.io", "v1", "storageclasses");
  return {
    admit(write, object) {
      if (write.operation !== "create" || write.kind !== claims || !classes) return;
      const claim = object as unknown as PersistentVolumeClaim;
      claim.spec ??= {};
      if (storageClassOf(claim) !== undefined) return;
      const all = [...cache.resource(classes).items()].map((item) => item.object() as StorageClass);
      const found = newestDefault(all, isDefaultStorageClass);
      if (found) claim.spec.storageClassName = found.metadata.name;
    },
  };
}
