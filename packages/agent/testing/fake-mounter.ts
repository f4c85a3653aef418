import { dirname } from "node:path";
import type { Mounter } from "../volumes/mounter.ts";

/** A mount table of its own that mounts nothing: files go to the directories as they are. */
export class FakeMounter implements Mounter {
  /** What is mounted where: `tmpfs`, or the source of a bind. */
  readonly mounts = new Map<string, string>();

  async tmpfs(path: string): Promise<void> {
    this.mounts.set(path, "tmpfs");
  }

  async bind(source: string, target: string): Promise<void> {
    this.mounts.set(target, source);
  }

  async nfs(source: string, target: string, options: readonly string[]): Promise<void> {
    this.mounts.set(target, [`nfs ${source}`, ...options].join(" "));
  }

  async unmount(path: string): Promise<void> {
    this.mounts.delete(path);
  }

  async mountsUnder(path: string): Promise<readonly string[]> {
    return [...this.mounts.keys()].filter((at) => at === path || dirname(at).startsWith(path)).sort((a, b) => b.length - a.length);
  }
}
