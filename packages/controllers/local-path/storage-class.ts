import { LOCAL_PATH_PROVISIONER, StorageClass } from "@wherry/api";
import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { NewObject } from "@wherry/machinery";

/** The class that claims get which name none: directories of the node that their first pod runs on. */
const DEFAULT_CLASS: NewObject<StorageClass> = {
  metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: LOCAL_PATH_PROVISIONER,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};

/** Makes the class once for each start of the control plane. One that is there is left as its administrator made it. */
export async function ensureStorageClass(ctx: ControllerContext): Promise<void> {
  if (ctx.lister(StorageClass).get(DEFAULT_CLASS.metadata.name!)) return;
  try {
    ctx.wrote(StorageClass, await ctx.client.create(StorageClass, DEFAULT_CLASS));
  } catch (error) {
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
}
