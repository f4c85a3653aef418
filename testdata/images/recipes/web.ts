import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";
import type { Recipe } from "../build.ts";
import { copyNode } from "./node-runtime.ts";

const SOURCE = join(import.meta.dirname, "../../demo/web/server.ts");

/** The demo's web application: the Node that runs this, its shared libraries, and the bundled source. */
export const web = (version: string): Recipe => ({
  reference: `wherry-demo/web:${version}`,
  inputs: () => `node ${process.version} ${readFileSync(SOURCE, "utf8")}`,
  async fill(root) {
    copyNode(root);
    mkdirSync(join(root, "app"));
    await build({
      input: SOURCE,
      platform: "node",
      external: ["pg-native"],
      // pg is CommonJS and requires Node's own modules.
      output: {
        file: join(root, "app/server.mjs"),
        format: "esm",
        postBanner: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
    });
  },
  changes: ['ENTRYPOINT ["/bin/node", "/app/server.mjs"]', `ENV VERSION=${version}`, "USER 65534"],
});
