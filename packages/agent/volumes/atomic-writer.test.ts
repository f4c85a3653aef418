import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAtomically } from "./atomic-writer.ts";
import type { Payload } from "./payload.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "atomic-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

/** What somebody sees who reads the volume, by path. */
function seen(): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (below: string) => {
    for (const name of readdirSync(join(dir, below))) {
      if (below === "" && name.startsWith("..")) continue;
      const path = below ? `${below}/${name}` : name;
      if (statSync(join(dir, path)).isDirectory()) walk(path);
      else files[path] = readFileSync(join(dir, path), "utf8");
    }
  };
  walk("");
  return files;
}

describe("writeAtomically", () => {
  it("shows files through links, and swaps all of them at once", () => {
    expect(writeAtomically(dir, payload({ a: "1", "sub/b": "2" }))).toBe(true);
    expect(seen()).toEqual({ a: "1", "sub/b": "2" });
    expect(readlinkSync(join(dir, "a"))).toBe("..data/a");
    expect(readlinkSync(join(dir, "sub"))).toBe("..data/sub");
    const first = readlinkSync(join(dir, "..data"));
    expect(writeAtomically(dir, payload({ a: "3", c: "4" }))).toBe(true);
    expect(seen()).toEqual({ a: "3", c: "4" });
    expect(readlinkSync(join(dir, "..data"))).not.toBe(first);
    // Nothing of the old version is left.
    expect(readdirSync(dir).sort()).toEqual(["..data", "a", "c", readlinkSync(join(dir, "..data"))].sort());
  });

  it("does nothing when nothing changed", () => {
    writeAtomically(dir, payload({ a: "1" }));
    const inode = lstatSync(join(dir, "..data")).ino;
    expect(writeAtomically(dir, payload({ a: "1" }))).toBe(false);
    expect(lstatSync(join(dir, "..data")).ino).toBe(inode);
  });

  it("keeps permissions, and sees when they change", () => {
    writeAtomically(dir, payload({ a: "1" }, 0o400));
    expect(statSync(join(dir, "a")).mode & 0o777).toBe(0o400);
    expect(writeAtomically(dir, payload({ a: "1" }, 0o600))).toBe(true);
  });

  it("gives files to a group, which may read them", () => {
    writeAtomically(dir, payload({ a: "1" }, 0o600), { fsGroup: process.getgid!() });
    expect(statSync(join(dir, "a")).mode & 0o777).toBe(0o640);
    expect(writeAtomically(dir, payload({ a: "1" }, 0o600), { fsGroup: process.getgid!() })).toBe(false);
  });

  it.each(["../out", "a/../../out", "/absolute", "..hidden", ""])("refuses the path %j", (path) => {
    expect(() => writeAtomically(dir, payload({ [path]: "x" }))).toThrow(/invalid path/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("shows exactly the last payload, after any sequence", () => {
    const path = fc.constantFrom("a", "b", "c/d", "c/e", "f/g/h");
    const files = fc.dictionary(path, fc.string({ maxLength: 5 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(files, { minLength: 1, maxLength: 6 }), (sequence) => {
        const root = mkdtempSync(join(tmpdir(), "atomic-"));
        const before = dir;
        dir = root;
        try {
          for (const wanted of sequence) {
            writeAtomically(dir, payload(wanted));
            expect(seen()).toEqual({ ...wanted });
          }
        } finally {
          dir = before;
          rmSync(root, { recursive: true, force: true });
        }
      }),
      { numRuns: 40 },
    );
  });
});
