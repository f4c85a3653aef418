import type { Registry } from "@wherry/machinery";
import type { WriteStage } from "../rest/write-stage.ts";

/**
 * New claims and volumes are held by the finalizer that keeps what is in use from going: controllers that protect them later would come too late for some.
 * Source: upstream `plugin/pkg/admission/storage/storageobjectinuseprotection`.
 */
export function storageProtection(registry: Registry): WriteStage {
  const finalizers = new Map([
    [registry.byResource("", "v1", "persistentvolumeclaims"), "kubernetes.io/pvc-protection"],
    [registry.byResource("", "v1", "persistentvolumes"), "kubernetes.io/pv-protection"],
  ]);
  return {
    admit(write, object) {
      const finalizer = write.operation === "create" && !write.subresource && finalizers.get(write.kind);
      if (!finalizer || object.metadata.finalizers?.includes(finalizer)) return;
      object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
    },
  };
}
