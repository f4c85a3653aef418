/** Marks that a claim and its volume were once bound to each other: what happens to the volume afterwards is a loss. */
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** Marks a half of a binding that the controller chose, and may undo. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
/** On a claim: who is asked to make its volume. */
export const STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
export const OLD_STORAGE_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
/** On a claim that waits for its first pod: the node that the scheduler chose for both. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/** Classes of this provisioner hold volumes that an administrator makes. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";
