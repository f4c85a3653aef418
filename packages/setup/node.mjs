import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { run } from "./console.mjs";

/** Wherry runs its TypeScript sources as they are: that needs type stripping without a warning. */
export const NODE_MAJOR = 24;
const PNPM = "pnpm@12.21.0";

/** The folder with `node` and `pnpm` for this checkout. */
export const toolBin = (root) => join(root, ".node", "bin");

/**
 * Makes `.node/bin/node` a Node of at least NODE_MAJOR and `.node/bin/pnpm` this pnpm. Takes the system's Node when it is new enough, else one from the
 * npm registry. Idempotent. Gives the version of that Node.
 */
export function ensureNode(root) {
  const home = join(root, ".node");
  const bin = toolBin(root);
  mkdirSync(bin, { recursive: true });
  const newEnough = Number(process.versions.node.split(".")[0]) >= NODE_MAJOR;
  const platformPackage = `node-${process.platform}-${process.arch}`;
  const node = newEnough ? process.execPath : join(home, "node_modules", platformPackage, "bin", "node");
  const pnpm = join(home, "node_modules", ".bin", "pnpm");
  const wanted = [...(existsSync(node) ? [] : [`${platformPackage}@${NODE_MAJOR}`]), ...(existsSync(pnpm) ? [] : [PNPM])];
  if (wanted.length)
    run("npm", ["install", "--prefix", home, "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", ...wanted]);
  link(node, join(bin, "node"));
  link(pnpm, join(bin, "pnpm"));
  return run(join(bin, "node"), ["--version"]).trim();
}

function link(target, path) {
  try {
    if (readlinkSync(path) === target) return;
  } catch {
    // Not there yet.
  }
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
