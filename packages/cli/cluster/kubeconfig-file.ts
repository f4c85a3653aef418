import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../errors.ts";

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

interface NamedEntry {
  name: string;
}

/** The part of a kubeconfig that merging touches. */
interface Kubeconfig {
  clusters?: (NamedEntry & { cluster: object })[];
  contexts?: (NamedEntry & { context: object })[];
  users?: (NamedEntry & { user: object })[];
  "current-context"?: string;
  [other: string]: unknown;
}

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
    for (const list of ["clusters", "contexts", "users"] as const) {
      const names = new Set(wanted[list]?.map((e) => e.name));
      const kept = (document.toJS()[list] ?? []).filter((e: NamedEntry) => !names.has(e.name));
      document.set(list, [...kept, ...(wanted[list] ?? [])]);
    }
    document.set("current-context", wanted["current-context"]);
  });
}

/** Takes the context and its cluster and user out again; the file goes when nothing is left in it. */
export async function removeFromKubeconfig(path: string, name: string): Promise<void> {
  if (!existsSync(path)) return;
  await editKubeconfig(path, (document) => {
    for (const list of ["clusters", "contexts", "users"] as const) {
      document.set(
        list,
        (document.toJS()[list] ?? []).filter((e: NamedEntry) => e.name !== name),
      );
    }
    if (document.get("current-context") === name) document.set("current-context", "");
  });
}

/** Changes the file as `change` says, keeping its comments. Atomic; the owner stays. */
export async function editKubeconfig(path: string, change: (document: import("yaml").Document) => void): Promise<void> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument((existsSync(path) && readFileSync(path, "utf8").trim()) || "{}");
  if (document.errors.length)
    throw new UsageError(`${path} is not valid YAML (${document.errors[0]?.message}): mend it, or name another file with --kubeconfig`);
  change(document);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const owner = existsSync(path) ? statSync(path) : statSync(dirname(dirname(path)));
  writeFileSync(`${path}.new`, document.toString(), { mode: 0o600 });
  if (process.getuid?.() === 0) {
    chownSync(`${path}.new`, owner.uid, owner.gid);
    if (statSync(dirname(path)).uid === 0 && owner.uid !== 0) chownSync(dirname(path), owner.uid, owner.gid);
  }
  renameSync(`${path}.new`, path);
}
