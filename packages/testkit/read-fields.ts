import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A member of an interface in `packages/api/generated/types.ts`. */
export interface TypeMember {
  type: string;
  member: string;
}

interface Location {
  uri: string;
  range: { start: { line: number; character: number } };
}

const ROOT = join(import.meta.dirname, "../..");
const TYPES = join(ROOT, "packages/api/generated/types.ts");

/** The interfaces of the generated types by the name of their schema. */
export function interfacesBySchema(): ReadonlyMap<string, string> {
  const found = readFileSync(TYPES, "utf8").matchAll(/^\/\*\* (\S+) \*\/\nexport interface (\w+)/gm);
  return new Map([...found].map(([, schema, type]) => [schema!, type!]));
}

/**
 * Which of these members the code of the named packages reads, as `Type.member`: by type, as the compiler sees it, so a field of the same name on another type
 * is none. Code that writes a member does not read it; tests do not count. Asks TypeScript's language server for the references.
 */
export async function readMembers(packages: readonly string[], members: readonly TypeMember[]): Promise<ReadonlySet<string>> {
  const folder = mkdtempSync(join(tmpdir(), "wherry-read-fields-"));
  const server = new LanguageServer(folder);
  try {
    const uri = await openProbe(server, folder, packages, members);
    const read = await Promise.all(
      members.map(async ({ type, member }, i) => {
        const at = { textDocument: { uri }, position: { line: i + 1, character: probeLine(type, "").length - 2 } };
        const places = await server.request<Location[] | null>("textDocument/references", {
          ...at,
          context: { includeDeclaration: false },
        });
        return (places ?? []).some((place) => isCodeOf(packages, place) && isRead(place)) ? [`${type}.${member}`] : [];
      }),
    );
    return new Set(read.flat());
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** A project of the packages and of one more file, which uses each member once, a line each: where these uses are, one can ask for the others. */
async function openProbe(
  server: LanguageServer,
  folder: string,
  packages: readonly string[],
  members: readonly TypeMember[],
): Promise<string> {
  const probe = join(folder, "probe.ts");
  const lines = [`import type * as api from ${JSON.stringify(TYPES)};`, ...members.map(({ type, member }) => probeLine(type, member))];
  const text = `${lines.join("\n")}\n`;
  const config = {
    extends: join(ROOT, "tsconfig.base.json"),
    compilerOptions: { typeRoots: [join(ROOT, "node_modules/@types")] },
    include: [probe, ...packages.map((name) => join(ROOT, "packages", name, "**/*.ts"))],
    exclude: ["**/node_modules", "**/*.test.ts"].map((pattern) => join(ROOT, "packages", pattern)),
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(probe, text);
  const uri = pathToFileURL(probe).href;
  await server.request("initialize", { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities: {} });
  server.notify("initialized", {});
  server.notify("textDocument/didOpen", { textDocument: { uri, languageId: "typescript", version: 1, text } });
  return uri;
}

const probeLine = (type: string, member: string) => `void ((o: api.${type}) => o.${member});`;

function isCodeOf(packages: readonly string[], { uri }: Location): boolean {
  const path = fileURLToPath(uri).slice(ROOT.length);
  return packages.some((name) => path.startsWith(`/packages/${name}/`)) && !/\/testing\b|\.test\.ts$/.test(path);
}

/** Whether the value is taken there: by `.member`, or by a pattern; not given, as in an object that is made. */
function isRead({ uri, range: { start } }: Location): boolean {
  const text = readFileSync(fileURLToPath(uri), "utf8");
  const lineStart = text.split("\n", start.line).reduce((sum, line) => sum + line.length + 1, 0);
  const at = lineStart + start.character;
  const rest = text.slice(at).replace(/^[\w$]+/, "");
  if (/[.]\s*$/.test(text.slice(0, at))) return !/^\s*=(?![=>])/.test(rest);
  return inPattern(rest);
}

/** Whether what ends here is part of a pattern: something is taken out of a value behind it (`} =`, `}: Type`, `}) =>`, `} of`). */
function inPattern(rest: string): boolean {
  let depth = 0;
  for (let i = 0; i < rest.length; i++) {
    const c = rest[i]!;
    if ("{[(".includes(c)) depth++;
    if (!"}])".includes(c) || depth-- > 0) continue;
    depth = 0;
    const after = rest.slice(i + 1);
    if (/^\s*=(?![=>])|^\s+of\b|^: /.test(after)) return true;
    if (c === ")") return /^\s*(=>|: [^;\n]*=>)/.test(after);
  }
  return false;
}

/** The language server of the TypeScript that this project is checked with, over its standard input and output. */
class LanguageServer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #buffer = Buffer.alloc(0);
  #last = 0;

  constructor(folder: string) {
    this.#process = spawn(join(ROOT, "node_modules/.bin/tsc"), ["--lsp", "--stdio"], { cwd: folder });
    this.#process.stdout.on("data", (data: Buffer) => this.#receive(data));
    this.#process.once("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the language server ended"));
    });
  }

  async request<T>(method: string, params: object): Promise<T> {
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(++this.#last, answer);
    this.#send({ id: this.#last, method, params });
    return answer.promise as Promise<T>;
  }

  notify(method: string, params: object): void {
    this.#send({ method, params });
  }

  async stop(): Promise<void> {
    this.#process.kill();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "close");
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #receive(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const head = this.#buffer.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/.exec(this.#buffer.toString("latin1", 0, Math.max(head, 0)))?.[1]);
      if (head < 0 || this.#buffer.length < head + 4 + length) return;
      this.#handle(JSON.parse(this.#buffer.toString("utf8", head + 4, head + 4 + length)) as Message);
      this.#buffer = this.#buffer.subarray(head + 4 + length);
    }
  }

  /** What the server asks for, such as settings, it is told to do without. */
  #handle({ id, method, params, result, error }: Message): void {
    if (id === undefined) return;
    if (method !== undefined) {
      this.#send({ id, result: params?.items?.map(() => null) ?? null });
      return;
    }
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) answer?.reject(new Error(error.message));
    else answer?.resolve(result);
  }
}

interface Message {
  id?: number;
  method?: string;
  params?: { items?: unknown[] };
  result?: unknown;
  error?: { message: string };
}
