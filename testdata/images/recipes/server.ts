import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Recipe } from "../build.ts";
import { copyNode } from "./node-runtime.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const DIST = join(ROOT, "dist");

/** The control plane: the bundle that `npm run setup` makes, Node, and the store's native part. */
export const server: Recipe = {
  reference: "wherry/server:0.1.0",
  inputs: () =>
    `node ${process.version} ${readdirSync(DIST).map((name) => `${name} ${statSync(join(DIST, name)).size}`)} ${readFileSync(join(DIST, "wherry.js"), "utf8")}`,
  fill(root) {
    copyNode(root);
    cpSync(DIST, join(root, "wherry"), { recursive: true });
    const sqlite = dirname(createRequire(join(ROOT, "package.json")).resolve("better-sqlite3/package.json"));
    const modules = join(root, "wherry", "node_modules");
    mkdirSync(modules);
    cpSync(realpathSync(sqlite), join(modules, "better-sqlite3"), { recursive: true, dereference: true });
    copyFileSync(join(ROOT, "LICENSE"), join(root, "wherry", "LICENSE"));
  },
  changes: ['ENTRYPOINT ["/bin/node", "/wherry/wherry.js"]', "ENV HOME=/tmp"],
};
