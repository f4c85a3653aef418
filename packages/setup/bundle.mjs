import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { script } from "./console.mjs";
import { ROOT } from "./root.mjs";

/** Left to be found in node_modules: what has a native part, and what is read as files. */
const EXTERNAL = ["better-sqlite3", "@kubernetes/client-node", "cpu-features", "*.node"];

/** The programs of the long-lived processes, each a bundle of its own: none loads or keeps in memory what only another one needs. */
const PROCESSES = {
  server: { module: "@wherry/cmd-wherry-server/main.ts", source: "cmd/wherry-server/main.ts" },
  agent: { module: "@wherry/cmd-wherry-agent/main.ts", source: "cmd/wherry-agent/main.ts" },
};

/** In the command line's bundle, the processes' programs are files beside it. */
const processesBeside = {
  name: "processes-beside",
  setup({ onResolve }) {
    onResolve({ filter: /^@wherry\/cmd-/ }, ({ path }) => {
      const found = Object.entries(PROCESSES).find(([, { module }]) => module === path);
      return found && { path: `./${found[0]}.js`, external: true };
    });
  },
};

/** esbuild gives a CommonJS module that is imported lazily no named exports; yaml also ships as ECMAScript modules, beside its entry for Node. */
const yamlAsModules = {
  name: "yaml-as-modules",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^yaml$/ }, async ({ pluginData, path, ...from }) => {
      if (pluginData === "plain") return undefined;
      const found = await resolve(path, { ...from, pluginData: "plain" });
      return { path: found.path.replace(/dist([\\/])index\.js$/, "browser$1index.js") };
    });
  },
};

/**
 * To import one of Node's own modules evaluates all that it exports, also what it would load only when asked for: with node:http the whole of undici, with
 * node:process, node:fs and node:util some thirty modules more. To require it does not: 5 to 20 ms, 3 to 10 MB.
 */
const builtinsRequired = {
  name: "builtins-required",
  setup({ onResolve, onLoad }) {
    // What is imported lazily stays as it is: it would lose its named exports.
    const asIs = ["require-call", "dynamic-import"];
    onResolve({ filter: /^node:/ }, ({ kind, path }) => (asIs.includes(kind) ? undefined : { path, namespace: "required" }));
    onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule("${path}");` }));
  },
};

/**
 * What libraries load and Wherry never uses: dockerode for image builds and for engines behind SSH, fastify to check and write bodies by schemas, prom-client for traces.
 * It costs half a second and 30 MB.
 */
const NOT_WHERRYS =
  /^(@balena\/dockerignore|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ssh2|tar-fs|@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|light-my-request|@opentelemetry\/api)$/;

/** In the place of each of them is a module that loads at once, and says so when something of it is used. */
const withoutExtras = {
  name: "without-extras",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: NOT_WHERRYS }, ({ path }) => ({ path, namespace: "not-wherrys" }));
    onLoad({ filter: /.*/, namespace: "not-wherrys" }, ({ path }) => ({
      contents: `function refuse() { throw new Error(${JSON.stringify(`not part of Wherry: ${path}`)}); }
module.exports = new Proxy({}, { get: () => refuse });`,
    }));
  },
};

/**
 * Bundles the sources into dist/: loaded in a fifth of the time and with half the memory. Names stay as they are, for stack traces; the text is made small, because V8 keeps
 * it. What a verb does not need stays in a file of its own, loaded when it is needed.
 */
export async function bundle() {
  const { build } = await import("esbuild");
  const outdir = join(ROOT, "dist");
  mkdirSync(outdir, { recursive: true });
  const options = {
    absWorkingDir: ROOT,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    chunkNames: "[name]-[hash]",
    external: EXTERNAL,
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    legalComments: "none",
    charset: "ascii",
    // CommonJS dependencies require Node's own modules.
    banner: { js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
    plugins: [yamlAsModules, builtinsRequired, withoutExtras],
    metafile: true,
    logLevel: "warning",
  };
  const worker = "packages/store-sqlite/worker.ts";
  const done = await Promise.all([
    build({ ...options, entryPoints: { wherry: "cmd/wherry/main.ts" }, plugins: [processesBeside, ...options.plugins] }),
    build({ ...options, entryPoints: { server: PROCESSES.server.source, "store-sqlite-worker": worker } }),
    build({ ...options, entryPoints: { agent: PROCESSES.agent.source } }),
  ]);
  const made = new Set(done.flatMap(({ metafile }) => Object.keys(metafile.outputs).map((path) => path.slice("dist/".length))));
  for (const name of readdirSync(outdir)) if (!made.has(name)) rmSync(join(outdir, name), { recursive: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await script(async () => {
    await bundle();
    return 0;
  });
}
