import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What people read about schemas and their fields, as `explain` shows it. */
export interface Descriptions {
  /**
   * The text of a schema (by its name in `definitions`), or of one of its fields; undefined when there is none. A field that is a schema of its
   * own often has none: that schema's text stands for it.
   */
  describe(schema: string, field?: string): string | undefined;
}

const PACKAGE = "@kubernetes/client-node";

/**
 * Descriptions from the comments in the models of `@kubernetes/client-node`, read file by file as they are asked for. Where that package is
 * not installed there are none.
 */
export async function loadDescriptions(): Promise<Descriptions> {
  const folder = modelsFolder();
  return folder === undefined ? { describe: () => undefined } : new ModelDescriptions(folder);
}

function modelsFolder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), "dist", "gen", "models");
  } catch {
    return undefined;
  }
}

const RECENT = 3;

/** Texts by field; that of the schema itself under the empty name. */
type Texts = ReadonlyMap<string, string>;

class ModelDescriptions implements Descriptions {
  readonly #folder: string;
  // A schema is asked about field by field, with other schemas in between that its fields are of, and rarely a second time.
  readonly #recent: { schema: string; texts: Texts }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  describe(schema: string, field = ""): string | undefined {
    const at = this.#recent.findIndex((known) => known.schema === schema);
    const [known = { schema, texts: this.#read(schema) }] = at < 0 ? [] : this.#recent.splice(at, 1);
    this.#recent.unshift(known);
    this.#recent.length = Math.min(this.#recent.length, RECENT);
    // What is no name in TypeScript is written with underscores there.
    return known.texts.get(field) ?? known.texts.get(field.replace(/\W/g, "_"));
  }

  #read(schema: string): Texts {
    for (const model of modelNames(schema)) {
      const source = readIfThere(join(this.#folder, `${model}.d.ts`));
      if (source !== undefined) return parseModel(source);
    }
    return new Map();
  }
}

/** `CoreV1Event` where groups share a name, else `V1Pod`. */
function modelNames(schema: string): string[] {
  const [name = "", version = "", group = ""] = schema.split(".").reverse();
  return [`${capital(group)}${capital(version)}${name}`, `${capital(version)}${name}`];
}

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const COMMENTED = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export declare class \w+|'([^']+)'\??:)/g;

/** The comments of a generated model. Exported for its test. */
export function parseModel(source: string): Texts {
  const found = [...source.matchAll(COMMENTED)].map(([, comment = "", field = ""]) => [jsonName(field), plain(comment)] as const);
  return new Map(found.filter(([, text]) => text !== ""));
}

/** The generator marks words that some language keeps for itself: `_from`. */
const jsonName = (field: string) => field.replace(/^_/, "");

function plain(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  return lines
    .join("\n")
    .trim()
    .replace(/\\(['"`\\])/g, "$1");
}
