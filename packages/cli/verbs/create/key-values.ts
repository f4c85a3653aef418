import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isConfigMapKey } from "@wherry/machinery/value-names.ts";
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { list } from "../../flags.ts";

/** The flags that a config map's or a secret's values come from. */
export interface KeyValueOptions {
  fromLiteral?: string[];
  fromFile?: string[];
  fromEnvFile?: string[];
  appendHash?: boolean;
}

/** Declares the flags of KeyValueOptions. */
export function declareKeyValues(command: Command): void {
  command
    .option("--from-literal <key=value>", "a value (repeatable)", list)
    .option("--from-file <[key=]path>", "a file, or all files of a folder (repeatable)", list)
    .option("--from-env-file <path>", "a file of KEY=value lines (repeatable)", list)
    .option("--append-hash", "append a hash of the content to the name");
}

/** The keys and values that the flags name, in order. Throws a UsageError on a key that comes twice or cannot be one. */
export function keyValues(options: KeyValueOptions): Map<string, Buffer> {
  const exclusive = [options.fromFile, options.fromLiteral].some((f) => f?.length);
  if (options.fromEnvFile?.length && exclusive) throw new UsageError("from-env-file cannot be combined with from-file or from-literal");
  const found = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    checkKey(key);
    if (found.has(key)) throw new UsageError(`cannot add key "${key}", another key by that name already exists in Data`);
    found.set(key, value);
  };
  for (const literal of options.fromLiteral ?? []) add(...splitLiteral(literal));
  for (const file of options.fromFile ?? []) for (const [key, path] of filesOf(file)) add(key, readInput(path));
  for (const file of options.fromEnvFile ?? []) for (const [key, value] of envFile(file)) add(key, Buffer.from(value));
  return found;
}

function checkKey(key: string): void {
  const [wrong] = isConfigMapKey(key);
  if (wrong) throw new UsageError(`"${key}" is not a valid key name for a ConfigMap: ${wrong}`);
}

function splitLiteral(text: string): [string, Buffer] {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new UsageError(`invalid literal source ${text}, expected key=value`);
  return [text.slice(0, equals), Buffer.from(text.slice(equals + 1))];
}

function filesOf(source: string): [key: string, path: string][] {
  const equals = source.indexOf("=");
  if (equals === 0) throw new UsageError(`key name for file path ${source.slice(1)} missing`);
  if (equals > 0) return [[source.slice(0, equals), source.slice(equals + 1)]];
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`error reading ${source}: no such file or directory`);
  if (!stat.isDirectory()) return [[basename(source), source]];
  return readdirSync(source, { withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e): [string, string] => [e.name, join(source, e.name)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** `KEY=value` lines; `KEY` alone takes its value from this process' environment. Source: kubectl pkg/cmd/util/env_file.go. */
function envFile(path: string): [string, string][] {
  const lines = readInput(path)
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split("\n");
  return lines
    .map((line) => line.trimStart())
    .filter((line) => line && !line.startsWith("#"))
    .flatMap((line): [string, string][] => {
      const equals = line.indexOf("=");
      if (equals > 0) return [[line.slice(0, equals), line.slice(equals + 1)]];
      const inherited = process.env[line];
      return inherited === undefined ? [] : [[line, inherited]];
    });
}

/** A file's bytes. Throws a UsageError when it cannot be read. */
export function readInput(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`error reading ${path}: ${(error as Error).message}`);
  }
}
