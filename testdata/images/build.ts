import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageRecipe, importImage } from "./engine.ts";
import { busybox } from "./recipes/busybox.ts";
import { postgres } from "./recipes/postgres.ts";
import { server } from "./recipes/server.ts";
import { web } from "./recipes/web.ts";

/** How an image is made without a registry: a root file system in a folder, and what to run in it. */
export interface Recipe {
  reference: string;
  /** Everything that the result depends on: the image is made again only when this changes. */
  inputs(): string;
  /** Fills the empty folder. */
  fill(root: string): void | Promise<void>;
  /** Dockerfile instructions: ENTRYPOINT, CMD, ENV, USER ... */
  changes: readonly string[];
}

/** Every image of the demo and of the tests, by the name given on the command line. */
const RECIPES: Readonly<Record<string, readonly Recipe[]>> = {
  busybox: [busybox],
  web: [web("v1"), web("v2")],
  postgres: [postgres],
  server: [server],
};

/** Makes the image unless the engine has this very one. Gives whether it had to. */
export async function buildImage(recipe: Recipe, socket: string): Promise<boolean> {
  const hash = createHash("sha256").update(recipe.inputs()).update(recipe.changes.join("\n")).digest("hex").slice(0, 16);
  if ((await imageRecipe(recipe.reference, socket)) === hash) return false;
  const root = mkdtempSync(join(tmpdir(), "wherry-image-"));
  try {
    await recipe.fill(root);
    await importImage(root, recipe.reference, [...recipe.changes, `LABEL io.wherry.recipe=${hash}`], socket);
    return true;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes the images of these names that the engine does not have yet, one after the other. */
export async function buildImages(names: readonly string[], socket: string, print: (line: string) => void = () => {}): Promise<void> {
  const unknown = names.filter((name) => !RECIPES[name]);
  if (unknown.length) throw new Error(`no image ${unknown.join(", ")}: there are ${Object.keys(RECIPES).join(", ")}`);
  for (const recipe of names.flatMap((name) => RECIPES[name] ?? [])) {
    const made = await buildImage(recipe, socket);
    print(`${recipe.reference} ${made ? "made" : "is there"}`);
  }
}

/** `node testdata/images/build.ts [NAME...]`: makes these images, or all. */
if (import.meta.main) {
  const names = process.argv.slice(2);
  const socket = (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");
  await buildImages(names.length ? names : Object.keys(RECIPES), socket, console.log);
}
