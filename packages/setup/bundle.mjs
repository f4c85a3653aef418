import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { script } from "./console.mjs";
import { ROOT } from "./root.mjs";

/** Left to be found in node_modules: what has a native part, and what is read as files. */
const EXTERNAL = [/^better-sqlite3/, /^@kubernetes\/client-node/, /^cpu-features$/, /\.node$/];

/** The programs of the long-lived processes, each a bundle of its own: none loads or keeps in memory what only another one needs. */
const PROCESSES = {
  server: { module: "@wherry/cmd-wherry-server/main.ts", source: "cmd/wherry-server/main.ts" },
  agent: { module: "@wherry/cmd-wherry-agent/main.ts", source: "cmd/wherry-agent/main.ts" },
};

/** In the command line's bundle, the processes' programs are files beside it. */
const processesBeside = {
  name: "processes-beside",
  resolveId(id) {
    const found = Object.entries(PROCESSES).find(([, { module }]) => module === id);
    return found && { id: `./${found[0]}.js`, external: true };
  },
};

const REQUIRED = "\0required:";

/**
 * To import one of Node's own modules evaluates all that it exports, also what it would load only when asked for: with node:http the whole of undici, with
 * node:process, node:fs and node:util some thirty modules more. To require it does not: 5 to 20 ms, 3 to 10 MB.
 */
const builtinsRequired = {
  name: "builtins-required",
  resolveId(id, importer, { kind }) {
    // The bundler's own helpers are what the rest stands on.
    if (id.startsWith("node:") && importer && !importer.includes("rolldown/runtime") && kind === "import-statement") return REQUIRED + id;
  },
  load(id) {
    if (id.startsWith(REQUIRED)) return `module.exports = process.getBuiltinModule("${id.slice(REQUIRED.length)}");`;
  },
};

/**
 * What libraries load and Wherry never uses: dockerode for image builds and for engines behind SSH, fastify to check and write bodies by schemas, prom-client for traces.
 * It costs half a second and 30 MB.
 */
const NOT_WHERRYS =
  /^(@balena\/dockerignore|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ssh2|tar-fs|@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|light-my-request|@opentelemetry\/api)$/;

const REFUSED = "\0not-wherrys:";

/** In the place of each of them is a module that loads at once, and says so when something of it is used. */
const withoutExtras = {
  name: "without-extras",
  resolveId: (id) => (NOT_WHERRYS.test(id) ? REFUSED + id : undefined),
  load(id) {
    if (id.startsWith(REFUSED))
      return `function refuse() { throw new Error(${JSON.stringify(`not part of Wherry: ${id.slice(REFUSED.length)}`)}); }
module.exports = new Proxy({}, { get: () => refuse });`;
  },
};

/** V8 keeps text of one byte a character in half the memory. */
const ascii = {
  name: "ascii",
  generateBundle(_, files) {
    for (const file of Object.values(files))
      if (file.type === "chunk") file.code = file.code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  },
};

/** What so many verbs share is one file: each further one costs the start of every verb a millisecond. */
const SHARED = [{ name: "shared", minShareCount: 8, test: /packages\/(?!api\/)|required:/ }];

/** CommonJS dependencies require Node's own modules. */
const REQUIRE = 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/**
 * Bundles the sources into dist/: loaded in a fifth of the time and with half the memory. Names stay as they are, for stack traces; the text is made small, because V8 keeps
 * it. What a verb does not need stays in a file of its own, loaded when it is needed.
 */
export async function bundle() {
  const { build } = await import("rolldown");
  const outdir = join(ROOT, "dist");
  mkdirSync(outdir, { recursive: true });
  const make = (input, plugins = [], groups = []) =>
    build({
      cwd: ROOT,
      input,
      platform: "node",
      external: EXTERNAL,
      plugins: [...plugins, builtinsRequired, withoutExtras, ascii],
      checks: { eval: false },
      output: {
        dir: outdir,
        format: "esm",
        minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
        comments: { legal: false },
        chunkFileNames: "[name]-[hash].js",
        codeSplitting: { groups },
        strictExecutionOrder: true,
        postBanner: REQUIRE,
      },
    });
  const done = await Promise.all([
    make({ wherry: "cmd/wherry/main.ts" }, [processesBeside], SHARED),
    make({ server: PROCESSES.server.source, "store-sqlite-worker": "packages/store-sqlite/worker.ts" }),
    make({ agent: PROCESSES.agent.source, "dialer-process": "packages/network-linux/dialer-process.ts" }),
  ]);
  const made = new Set(done.flatMap(({ output }) => output.map(({ fileName }) => fileName)));
  for (const name of readdirSync(outdir)) if (!made.has(name)) rmSync(join(outdir, name), { recursive: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await script(async () => {
    await bundle();
    return 0;
  });
}
