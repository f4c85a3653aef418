/** The host's mount table, as volumes need it. Paths are absolute. Rejects with an Error that carries what mount(8) said. */
export interface Mounter {
  /** Mounts a memory file system; `sizeBytes` bounds it, undefined leaves the kernel's default. */
  tmpfs(path: string, sizeBytes?: number): Promise<void>;
  /** Binds `source`, taken as it is and never resolved again, onto the existing `target`. */
  bind(source: string, target: string): Promise<void>;
  /** Mounts an export (`server:path`) of an NFS server. */
  nfs(source: string, target: string, options: readonly string[]): Promise<void>;
  /** Detaches whatever is mounted on `path`; no error when nothing is. */
  unmount(path: string): Promise<void>;
  /** The mount points at `path` and below, deepest first. */
  mountsUnder(path: string): Promise<readonly string[]>;
}
