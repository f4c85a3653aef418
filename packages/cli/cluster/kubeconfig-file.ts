import { chownSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Document, YAMLMap, YAMLSeq } from "yaml";
import { UsageError } from "../errors.ts";
import { isFolder, makeFolder } from "./folder.ts";

/** The user's own kubeconfig: the first file of KUBECONFIG, else ~/.kube/config; under sudo, that of the user who called it. */
export function userKubeconfig(): string {
  const first = process.env.KUBECONFIG?.split(":").find(Boolean);
  return first ? resolve(first) : join(callerHome(), ".kube", "config");
}

function callerHome(): string {
  const uid = process.env.SUDO_UID;
  const line =
    uid && process.getuid?.() === 0
      ? readFileSync("/etc/passwd", "utf8")
          .split("\n")
          .find((l) => l.split(":")[2] === uid)
      : undefined;
  return line?.split(":")[5] ?? homedir();
}

/** The lists of a kubeconfig; their entries have a name and one more key. */
const LISTS = ["clusters", "contexts", "users"] as const;

/** The part of a kubeconfig that merging touches. */
interface Kubeconfig extends Partial<Record<(typeof LISTS)[number], { name: string }[]>> {
  "current-context"?: string;
}

/** The keys a kubeconfig may have when it names no cluster: nothing is lost with them. */
const EMPTY_KEYS: readonly string[] = [...LISTS, "apiVersion", "kind", "current-context", "preferences"];

/**
 * Puts the clusters, contexts and users of `added` (YAML) into the file, replacing those of the same name, and makes its context the current one.
 * Everything else in the file stays, comments included. Atomic; the file is readable by its owner only.
 */
export async function mergeKubeconfig(path: string, added: string): Promise<void> {
  const { parse } = await import("yaml");
  const wanted = parse(added) as Kubeconfig;
  await editKubeconfig(path, (document) => {
    document.set("apiVersion", "v1");
    document.set("kind", "Config");
    for (const list of LISTS) putEntries(document, list, wanted[list] ?? []);
    document.set("current-context", wanted["current-context"]);
  });
}

/** In place of the entries of the same names, after the others. What stays keeps its comments. */
function putEntries(document: Document, list: string, entries: readonly { name: string }[]): void {
  if (!document.get(list)) document.set(list, document.createNode([]));
  const sequence = document.get(list) as YAMLSeq<YAMLMap>;
  for (const entry of entries) {
    const node = document.createNode(entry) as YAMLMap;
    const index = sequence.items.findIndex((item) => item.get("name") === entry.name);
    if (index < 0) sequence.add(node);
    else sequence.items[index] = node;
  }
  if (entries.length) sequence.flow = false;
}

/** Takes the context and its cluster and user out again; the file goes when nothing is left in it. */
export async function removeFromKubeconfig(path: string, name: string): Promise<void> {
  if (!existsSync(path)) return;
  let left = true;
  await editKubeconfig(path, (document) => {
    for (const list of LISTS) {
      const sequence = document.get(list) as YAMLSeq<YAMLMap> | undefined;
      if (sequence) sequence.items = sequence.items.filter((item) => item.get("name") !== name);
    }
    if (document.get("current-context") === name) document.set("current-context", "");
    left = holdsAnything(document);
  });
  if (!left) rmSync(realpathSync(path));
}

function holdsAnything(document: Document): boolean {
  const content: Record<string, unknown> = document.toJS() ?? {};
  return Object.keys(content).some((key) => !EMPTY_KEYS.includes(key)) || LISTS.some((list) => (content[list] as unknown[])?.length);
}

/** Changes the file as `change` says, keeping its comments; a link stays one. Atomic; the owner stays. */
export async function editKubeconfig(path: string, change: (document: Document) => void): Promise<void> {
  const target = existsSync(path) ? realpathSync(path) : path;
  const document = await readDocument(target);
  change(document);
  makeFolder(dirname(target), "--kubeconfig");
  const owner = existsSync(target) ? statSync(target) : statSync(dirname(dirname(target)));
  // Made anew, so that root does not write through a link that someone else put there.
  rmSync(`${target}.new`, { force: true });
  writeFileSync(`${target}.new`, document.toString({ lineWidth: 0, indentSeq: false }), { mode: 0o600, flag: "wx" });
  if (process.getuid?.() === 0) {
    chownSync(`${target}.new`, owner.uid, owner.gid);
    if (statSync(dirname(target)).uid === 0 && owner.uid !== 0) chownSync(dirname(target), owner.uid, owner.gid);
  }
  renameSync(`${target}.new`, target);
}

/** Throws a UsageError unless the file is a kubeconfig, or could become one. Nothing is changed. */
export async function checkKubeconfig(path: string): Promise<void> {
  isFolder(dirname(path), "--kubeconfig");
  await readDocument(path);
}

async function readDocument(path: string): Promise<Document> {
  const { Document, isMap, isSeq, parseDocument } = await import("yaml");
  const document = parseDocument(readText(path)) as Document;
  const bad = (why: string) => new UsageError(`${path} is not ${why}: mend it, or name another file with --kubeconfig`);
  if (document.errors.length) throw bad(`valid YAML (${document.errors[0]?.message.split("\n")[0]})`);
  if (document.contents === null) document.contents = new Document({}).contents;
  if (!isMap(document.contents)) throw bad("a kubeconfig (a map is wanted at its top)");
  const kind = document.get("kind");
  if (kind !== undefined && kind !== "Config") throw bad(`a kubeconfig (its kind is ${JSON.stringify(kind)})`);
  if (document.contents.items.length && !EMPTY_KEYS.some((key) => document.has(key))) throw bad("a kubeconfig (it has none of its fields)");
  document.contents.flow = false;
  for (const list of LISTS) {
    const found = document.get(list);
    if (found && !(isSeq(found) && found.items.every(isMap))) throw bad(`a kubeconfig (${list} is no list of entries)`);
  }
  return document;
}

/** Empty when there is no such file. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw new UsageError(
      code === "EISDIR"
        ? `${path} is a folder: name a kubeconfig file with --kubeconfig`
        : `the kubeconfig ${path} cannot be read (${message}): name another with --kubeconfig`,
    );
  }
}
