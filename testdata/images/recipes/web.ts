import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { Recipe } from "../build.ts";

const SOURCE = join(import.meta.dirname, "../../demo/web/server.ts");

/** The demo's web application: the Node that runs this, its shared libraries, and the bundled source. */
export const web = (version: string): Recipe => ({
  reference: `wherry-demo/web:${version}`,
  inputs: () => `node ${process.version} ${readFileSync(SOURCE, "utf8")}`,
  async fill(root) {
    for (const folder of ["bin", "app", "tmp"]) mkdirSync(join(root, folder));
    copyFileSync(process.execPath, join(root, "bin/node"));
    for (const library of sharedLibraries(process.execPath)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      copyFileSync(library, join(root, library));
    }
    await build({
      entryPoints: [SOURCE],
      outfile: join(root, "app/server.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      external: ["pg-native"],
      // pg is CommonJS and requires Node's own modules.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });
  },
  changes: ['ENTRYPOINT ["/bin/node", "/app/server.mjs"]', `ENV VERSION=${version}`, "USER 65534"],
});

/** Absolute paths of what the dynamic loader loads, itself included. */
function sharedLibraries(binary: string): string[] {
  const lines = execFileSync("ldd", [binary], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => /(?:=> )?(\/[^ ]+) \(0x/.exec(line)?.[1] ?? []);
}
