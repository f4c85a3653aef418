import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toDefinitions } from "./schemas.ts";
import { readSwagger } from "./swagger.ts";
import { toTypes } from "./types.ts";

const USAGE = `usage: node packages/api/generate/main.ts [--check] SWAGGER

Writes packages/api/generated from an OpenAPI v2 document of Kubernetes (plain or gzipped JSON).
With --check nothing is written: it fails when what is committed differs from what the document gives.`;

const folder = join(import.meta.dirname, "..", "generated");

function outputs(swaggerPath: string): Record<string, string> {
  const definitions = toDefinitions(readSwagger(swaggerPath));
  const lines = Object.entries(definitions).map(([name, s]) => `${JSON.stringify(name)}:${JSON.stringify(s)}`);
  return { "definitions.json": `{\n${lines.join(",\n")}\n}\n`, "types.ts": toTypes(definitions) };
}

function main(args: readonly string[]): number {
  const path = args.find((a) => !a.startsWith("-"));
  if (!path || args.some((a) => a.startsWith("-") && a !== "--check")) {
    console.error(USAGE);
    return 2;
  }
  const files = Object.entries(outputs(path));
  if (args.includes("--check")) {
    const stale = files.filter(([name, text]) => readFileSync(join(folder, name), "utf8") !== text).map(([name]) => name);
    for (const name of stale) console.error(`generated/${name} differs from ${path}: run the generator without --check`);
    return stale.length ? 1 : 0;
  }
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
