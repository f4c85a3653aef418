import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { isFolder, makeFolder } from "./folder.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "cluster-folder-"));
  writeFileSync(join(dir, "file"), "");
  return () => rmSync(dir, { recursive: true });
});

it("makes what is missing, private, and leaves alone what is there", () => {
  makeFolder(join(dir, "a", "b"), "--data-dir");
  makeFolder(join(dir, "a", "b"), "--data-dir");
  expect([join(dir, "a"), join(dir, "a", "b")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  expect([isFolder(join(dir, "a"), "--x"), isFolder(join(dir, "c"), "--x")]).toEqual([true, false]);
});

it("says what is in its place, and by which flag to name another", () => {
  const wanted = new UsageError(`${join(dir, "file")} is not a folder: name one with --data-dir`);
  expect(() => makeFolder(join(dir, "file"), "--data-dir")).toThrow(wanted);
  expect(() => makeFolder(join(dir, "file", "a", "b"), "--data-dir")).toThrow(wanted);
  expect(() => isFolder(join(dir, "file"), "--data-dir")).toThrow(wanted);
});

it("returns where no folder can be made", () => {
  expect(() => makeFolder("/proc/nope/deeper", "--data-dir")).toThrow(
    /^the folder \/proc\/nope cannot be made \(.*\): name another with --data-dir$/,
  );
});
