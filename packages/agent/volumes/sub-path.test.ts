import { mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeMounter } from "../testing/fake-mounter.ts";
import { bindSubPath } from "./sub-path.ts";
import { mountPoints } from "./system-mounter.ts";

/** Remembers where the handle that is bound really leads. */
class SeeingMounter extends FakeMounter {
  bound: string | undefined;
  override async bind(source: string, target: string): Promise<void> {
    this.bound = readlinkSync(source);
    await super.bind(source, target);
  }
}

let root: string;
let volume: string;
let mounter: SeeingMounter;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "subpath-"));
  volume = join(root, "volume");
  mounter = new SeeingMounter();
  mkdirSync(join(volume, "data", "deep"), { recursive: true });
  writeFileSync(join(volume, "data", "file"), "x");
  mkdirSync(join(root, "secret"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const bind = (subPath: string) => bindSubPath(volume, subPath, join(root, "target"), mounter);

describe("a subPath", () => {
  it.each([
    ["data", "data"],
    ["data/deep", "data/deep"],
    ["data/file", "data/file"],
    ["new/folder", "new/folder"],
    [".", ""],
  ])("%s leads to %s", async (subPath, place) => {
    await bind(subPath);
    expect(mounter.bound).toBe(join(volume, place));
    expect(statSync(join(root, "target")).isDirectory()).toBe(statSync(join(volume, place)).isDirectory());
  });

  it("may be a link inside of the volume, as files of a ConfigMap are", async () => {
    symlinkSync("data", join(volume, "..data"));
    symlinkSync("..data/file", join(volume, "link"));
    await bind("link");
    expect(mounter.bound).toBe(join(volume, "data/file"));
  });

  it.each([
    ["an absolute link", () => symlinkSync(join(root, "secret"), join(volume, "out")), "out"],
    ["a relative link", () => symlinkSync("../secret", join(volume, "out")), "out"],
    ["a link on the way", () => symlinkSync("../../secret", join(volume, "data", "up")), "data/up/new"],
    ["dots", () => {}, "data/../../secret"],
    ["an absolute path", () => {}, "/etc"],
  ])("does not lead out of the volume by %s", async (_, prepare, subPath) => {
    prepare();
    await expect(bind(subPath)).rejects.toThrow(/leads out of the volume|must be a relative path/);
    expect(mounter.mounts.size).toBe(0);
  });

  it("is mounted anew for each container", async () => {
    await bind("data/file");
    await bind("data/file");
    expect(mounter.mounts.size).toBe(1);
  });
});

describe("mountPoints", () => {
  it("reads mountinfo, with its octal blanks", () => {
    const table = "36 35 98:0 / /mnt1 rw - ext3 /dev/root rw\n37 35 0:5 / /a\\040b\\134c rw - tmpfs tmpfs rw\n";
    expect(mountPoints(table)).toEqual(["/mnt1", "/a b\\c"]);
  });
});
