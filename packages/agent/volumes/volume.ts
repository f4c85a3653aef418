import type {
  ConfigMap,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
} from "@wherry/api";
import type { PodPlace } from "../env/pod-field.ts";
import type { Allocatable } from "../env/resource-field.ts";
import type { HeldToken } from "../tokens/token-keeper.ts";
import type { DirectoryKeeper } from "./local-path/directory-keeper.ts";
import type { Mounter } from "./mounter.ts";

/** A volume could not be set up; the message is that of the kubelet's FailedMount event. */
export class VolumeError extends Error {
  override name = "VolumeError";
}

/** What a volume is set up with. Every call may follow a crash at any point, and repeats do no harm. */
export interface VolumeContext {
  pod: Pod;
  /** The pod's directory for this volume; the plugin makes it. */
  dir: string;
  /** Like `dir`, but in memory: nothing in it reaches the disk. */
  memoryDir: string;
  mounter: Mounter;
  /** Undefined before the sandbox has an address: only what mentions it needs it. */
  place: PodPlace;
  allocatable: Allocatable;
  /** From the pod's namespace; undefined when there is none. */
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  claim(name: string): PersistentVolumeClaim | undefined;
  /** The volume that the claim of this name has. */
  volumeOfClaim(name: string): PersistentVolume | undefined;
  /** A token of the pod's service account. Rejects in the kubelet's words. */
  token(source: ServiceAccountTokenProjection): Promise<HeldToken>;
  /** Takes a claim (`namespace/name`) for this pod alone; false while another pod of the node has it, which wakes this one when it leaves. */
  takeClaim(key: string): boolean;
  /** What keeps the directories of volumes that were provisioned on this node. */
  directories: DirectoryKeeper;
  /** This node's own object. */
  node: Node;
}

/** A volume in place. */
export interface ReadyVolume {
  /** What is mounted into containers. */
  path: string;
  /** Containers cannot write to it, whatever they ask for. */
  readOnly: boolean;
  /** When it has to be brought up to date though no object changes, in milliseconds since the epoch. */
  refreshAt?: number;
}

/** One volume type. `setUp` also brings an existing volume up to date; it throws with the kubelet's words when it cannot. */
export interface VolumePlugin {
  handles(volume: Volume): boolean;
  setUp(volume: Volume, context: VolumeContext): Promise<ReadyVolume>;
}
