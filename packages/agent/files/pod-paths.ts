import { join } from "node:path";

/** Where the agent keeps a pod's things, below its data directory. Everything of a pod is under `root` and `memory`. */
export interface PodPaths {
  root: string;
  /** Below the agent's memory file system: for what must not reach a disk. */
  memory: string;
  volume(name: string): string;
  memoryVolume(name: string): string;
  hosts: string;
  hostname: string;
  resolvConf: string;
  /** What the container writes as its last words. */
  terminationLog(container: string, attempt: number): string;
  /** A mount point for one `subPath`. */
  subPath(container: string, index: number): string;
}

export const podsDirectory = (dataDir: string): string => join(dataDir, "pods");
/** Where volumes that are made for claims live. They outlive pods, the agent, and `down`. */
export const volumesDirectory = (dataDir: string): string => join(dataDir, "volumes");
export const memoryDirectory = (dataDir: string): string => join(dataDir, "memory");

export function podPaths(dataDir: string, uid: string): PodPaths {
  const root = join(podsDirectory(dataDir), uid);
  const memory = join(memoryDirectory(dataDir), uid);
  return {
    root,
    memory,
    volume: (name) => join(root, "volumes", name),
    memoryVolume: (name) => join(memory, name),
    hosts: join(root, "etc-hosts"),
    hostname: join(root, "hostname"),
    resolvConf: join(root, "resolv.conf"),
    terminationLog: (container, attempt) => join(root, "containers", container, String(attempt)),
    subPath: (container, index) => join(root, "subpaths", container, String(index)),
  };
}
