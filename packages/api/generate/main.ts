import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { REFERENCE_PATH, toReference } from "./reference.ts";
import { toDefinitions } from "./schemas.ts";
import { readSwagger, stableDefinitions } from "./swagger.ts";
import { toTypes } from "./types.ts";

const USAGE = `usage: node packages/api/generate/main.ts [--check] SWAGGER

Writes packages/api/generated and packages/api/testdata from an OpenAPI v2 document of Kubernetes (plain or gzipped JSON).
With --check nothing is written: it fails when what is committed differs from what the document gives.`;

const folder = join(import.meta.dirname, "..", "generated");

/** Texts by the path that they are written to; those that end in `.gz` compressed. */
function outputs(swaggerPath: string): Record<string, string> {
  const swagger = readSwagger(swaggerPath);
  const definitions = toDefinitions(stableDefinitions(swagger));
  const lines = Object.entries(definitions).map(([name, s]) => `${JSON.stringify(name)}:${JSON.stringify(s)}`);
  return {
    [join(folder, "definitions.json")]: `{\n${lines.join(",\n")}\n}\n`,
    [join(folder, "types.ts")]: toTypes(definitions),
    [REFERENCE_PATH]: `${JSON.stringify(toReference(swagger))}\n`,
  };
}

/** What is committed; undefined when there is nothing yet. */
function read(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

function main(args: readonly string[]): number {
  const path = args.find((a) => !a.startsWith("-"));
  if (!path || args.some((a) => a.startsWith("-") && a !== "--check")) {
    console.error(USAGE);
    return 2;
  }
  const files = Object.entries(outputs(path));
  if (args.includes("--check")) {
    const stale = files.filter(([file, text]) => read(file) !== text).map(([file]) => file);
    for (const file of stale) console.error(`${file} differs from ${path}: run the generator without --check`);
    return stale.length ? 1 : 0;
  }
  for (const [file, text] of files) writeFileSync(file, file.endsWith(".gz") ? gzipSync(text, { level: 9 }) : text);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
