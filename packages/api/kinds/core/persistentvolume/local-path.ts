/** On a node: the directory below which its agent keeps the volumes that are made for claims. */
export const VOLUMES_DIRECTORY_ANNOTATION = "wherry.io/volumes-directory";

/** On a volume: its directory is there, and its node's agent removes it before the volume goes. */
export const LOCAL_PATH_FINALIZER = "wherry.io/local-path";

/** As what volumes that are directories of a node are provisioned. */
export const LOCAL_PATH_PROVISIONER = "wherry.io/local-path";

/** On a volume: who made it, and so who removes it. */
export const PROVISIONED_BY_ANNOTATION = "pv.kubernetes.io/provisioned-by";
