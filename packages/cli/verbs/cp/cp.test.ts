import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseFileSpec } from "../cp.ts";
import { packFiles, unpackFiles } from "./archive.ts";

describe("a file's name on the command line", () => {
  it.each([
    ["/tmp/a", { namespace: undefined, pod: "", path: "/tmp/a" }],
    ["pod:/tmp/a", { namespace: undefined, pod: "pod", path: "/tmp/a" }],
    ["ns/pod:a", { namespace: "ns", pod: "pod", path: "a" }],
  ])("%s", (word, spec) => {
    expect(parseFileSpec(word)).toEqual(spec);
  });

  it.each([":/tmp/a", "a/b/c:d"])("refuses %s", (word) => {
    expect(() => parseFileSpec(word)).toThrow("filespec must match the canonical format");
  });
});

describe("archives", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wherry-cp-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("carry a folder there and back, with its permissions", async () => {
    mkdirSync(join(folder, "from", "below"), { recursive: true });
    writeFileSync(join(folder, "from", "below", "big"), "x".repeat(200_000));
    writeFileSync(join(folder, "from", "run"), "#!/bin/sh\n", { mode: 0o755 });
    await unpackFiles(packFiles(join(folder, "from"), "remote"), "/remote", { folder, name: "to" });
    expect(readFileSync(join(folder, "to", "below", "big"), "utf8")).toHaveLength(200_000);
    expect(statSync(join(folder, "to", "run")).mode & 0o777).toBe(0o755);
  });

  it("carry a single file under another name", async () => {
    writeFileSync(join(folder, "one"), "1");
    await unpackFiles(packFiles(join(folder, "one"), "x"), "x", { folder, name: "two" });
    expect(readFileSync(join(folder, "two"), "utf8")).toBe("1");
  });

  it("leave links out, with a warning", async () => {
    mkdirSync(join(folder, "from"));
    symlinkSync("/etc/passwd", join(folder, "from", "link"));
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await unpackFiles(packFiles(join(folder, "from"), "from"), "from", { folder, name: "to" });
    expect(said).toHaveBeenCalledWith(expect.stringContaining("skipping symlink"));
    said.mockRestore();
    expect(existsSync(join(folder, "to", "link"))).toBe(false);
  });

  it.each(["etc/other", "remote/../../escape"])("that hold %s are refused", async (name) => {
    const archive = pack();
    archive.entry({ name }, "x");
    archive.finalize();
    await expect(unpackFiles(archive as unknown as Readable, "remote", { folder: join(folder, "deep"), name: "to" })).rejects.toThrow(
      "tar contents corrupted",
    );
    expect(existsSync(join(folder, "escape"))).toBe(false);
  });

  it("fail when a file cannot be read", async () => {
    await expect(Array.fromAsync(packFiles(join(folder, "nothing"), "x"))).rejects.toThrow("ENOENT");
  });
});
