import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Payload } from "./payload.ts";

const DATA = "..data";
const NEW_DATA = "..data_tmp";

/** Who owns the files; undefined = root. */
export interface Ownership {
  fsGroup: number;
}

/**
 * Makes `dir` show exactly the files of `payload`, all at once: readers see either all old or all new ones. Gives whether anything changed.
 * The files live in a directory of their own per version; `..data` points to the current one and each visible name is a link
 * through it. Files are few and small, so this blocks. Source: pkg/volume/util AtomicWriter.
 */
export function writeAtomically(dir: string, payload: Payload, owner?: Ownership): boolean {
  for (const path of payload.keys()) checkPath(path);
  const current = currentVersion(dir);
  if (current && isSame(join(dir, current), payload, owner)) {
    linkVisible(dir, payload);
    return false;
  }
  const next = writeVersion(dir, payload, owner);
  rmSync(join(dir, NEW_DATA), { force: true });
  symlinkSync(next, join(dir, NEW_DATA));
  renameSync(join(dir, NEW_DATA), join(dir, DATA));
  linkVisible(dir, payload);
  for (const name of readdirSync(dir)) if (isStale(name, next, payload)) rmSync(join(dir, name), { recursive: true, force: true });
  return true;
}

function checkPath(path: string): void {
  if (!path) throw new Error("invalid path: must not be empty");
  if (posix.isAbsolute(path)) throw new Error(`invalid path: must be relative path: ${path}`);
  if (path.split("/").includes("..")) throw new Error(`invalid path: must not contain '..': ${path}`);
  if (path.startsWith("..")) throw new Error(`invalid path: must not start with '..': ${path}`);
}

function currentVersion(dir: string): string | undefined {
  try {
    return readlinkSync(join(dir, DATA));
  } catch {
    return undefined;
  }
}

function isSame(version: string, payload: Payload, owner: Ownership | undefined): boolean {
  try {
    const files = filesUnder(version, "");
    if (files.length !== payload.size) return false;
    return [...payload].every(([path, { data, mode }]) => {
      const at = join(version, path);
      return (statSync(at).mode & 0o7777) === modeFor(mode, owner) && readFileSync(at).equals(data);
    });
  } catch {
    return false;
  }
}

function filesUnder(root: string, below: string): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(root, join(below, entry.name)) : [join(below, entry.name)],
  );
}

function writeVersion(dir: string, payload: Payload, owner: Ownership | undefined): string {
  const version = mkdtempSync(join(dir, `..${new Date().toISOString().replace(/[-:T]/g, "_").slice(0, 19)}.`));
  setAccess(version, 0o755, owner);
  for (const [path, { data, mode }] of payload) {
    const at = join(version, path);
    for (const parent of parents(path)) {
      mkdirSync(join(version, parent), { recursive: true });
      setAccess(join(version, parent), 0o755, owner);
    }
    writeFileSync(at, data);
    setAccess(at, modeFor(mode, owner), owner);
  }
  return version.slice(dir.length + 1);
}

/** `a/b/c` has the parents `a` and `a/b`. */
function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [...parents(parent), parent];
}

const modeFor = (mode: number, owner: Ownership | undefined): number => (owner ? mode | 0o040 : mode);

function setAccess(path: string, mode: number, owner: Ownership | undefined): void {
  if (owner) lchownSync(path, -1, owner.fsGroup);
  chmodSync(path, mode);
}

function linkVisible(dir: string, payload: Payload): void {
  for (const name of visibleNames(payload)) {
    const at = join(dir, name);
    const to = join(DATA, name);
    if (linkTarget(at) === to) continue;
    rmSync(at, { recursive: true, force: true });
    symlinkSync(to, at);
  }
}

const visibleNames = (payload: Payload): Set<string> => new Set([...payload.keys()].map((path) => path.split("/")[0]!));

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isStale(name: string, version: string, payload: Payload): boolean {
  return name !== DATA && name !== version && !visibleNames(payload).has(name);
}
