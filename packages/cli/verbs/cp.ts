import { existsSync, statSync } from "node:fs";
import { basename, dirname, posix, resolve } from "node:path";
import { PassThrough, Writable } from "node:stream";
import type { Pod } from "@wherry/api";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { defaultContainer, podOf } from "../pod-of.ts";
import type { Verb } from "../verb.ts";
import { packFiles, unpackFiles } from "./cp/archive.ts";
import { execIn } from "./exec.ts";

interface CopyOptions extends ConnectionOptions {
  container?: string;
  /** False: what is copied keeps neither its owner nor its permissions. */
  preserve: boolean;
}

/** `wherry cp`. */
export const verb: Verb = {
  description: "copy files to and from containers; the container needs tar",
  words: "<file-spec-src> <file-spec-dest>",
  client: true,
  completes: "pods",
  flags: (command) =>
    command
      .option("-c, --container <name>", "which container")
      .option("--no-preserve", "without owner and permissions")
      .option("--retries <n>", "accepted and not needed: a copy that broke off is an error"),
  run: (words, options: CopyOptions) => copy(words, options),
};

/** `[[namespace/]pod:]path`. */
export interface FileSpec {
  namespace: string | undefined;
  /** Empty: on this machine. */
  pod: string;
  path: string;
}

/** Reads a word of `cp`. Throws a UsageError where it names no file. Source: kubectl pkg/cmd/cp/cp.go. */
export function parseFileSpec(word: string): FileSpec {
  const colon = word.indexOf(":");
  if (colon === 0) throw new UsageError("filespec must match the canonical format: [[namespace/]pod:]file/path");
  if (colon < 0) return { namespace: undefined, pod: "", path: word };
  const parts = word.slice(0, colon).split("/");
  const path = word.slice(colon + 1);
  if (parts.length > 2) throw new UsageError("filespec must match the canonical format: [[namespace/]pod:]file/path");
  return { namespace: parts.length === 2 ? parts[0] : undefined, pod: parts.at(-1) as string, path };
}

async function copy(words: string[], options: CopyOptions): Promise<void> {
  if (words.length !== 2) throw new UsageError("source and destination are required");
  const [from, to] = words.map(parseFileSpec) as [FileSpec, FileSpec];
  if (from.pod && to.pod) throw new UsageError("one of src or dest must be a local file specification");
  if (!from.pod && !to.pod) throw new UsageError("one of src or dest must be a remote file specification");
  if (!from.path || !to.path) throw new UsageError("filepath can not be empty");
  const { namespace = options.namespace, pod: name } = from.pod ? from : to;
  const connection = await connect({ ...options, namespace });
  try {
    const pod = await podOf(connection, name);
    const place = { connection, pod, container: options.container ?? defaultContainer(pod) };
    await (from.pod ? download(place, from.path, to.path) : upload(place, from.path, to.path, options.preserve));
  } finally {
    connection.close();
  }
}

interface Place {
  connection: Connection;
  pod: Pod;
  container: string;
}

async function upload(place: Place, local: string, remote: string, preserve: boolean): Promise<void> {
  if (!existsSync(local)) throw new UsageError(`${local} doesn't exist in local filesystem`);
  const target = (await isFolder(place, remote)) ? posix.join(remote, basename(resolve(local))) : remote.replace(/\/+$/, "");
  const archive = packFiles(local, posix.basename(target));
  const keep = preserve ? [] : ["--no-same-permissions", "--no-same-owner"];
  await run(place, ["tar", ...keep, "-xmf", "-", "-C", posix.dirname(target)], archive, sink());
}

/** Whether the path is a folder in the container. */
async function isFolder({ connection, pod, container }: Place, path: string): Promise<boolean> {
  const streams = { stdout: sink(), stderr: sink() };
  return (await execIn(connection, pod, container, ["test", "-d", path], streams)) === 0;
}

const sink = () => new Writable({ write: (_, __, done) => done() });

async function download(place: Place, remote: string, local: string): Promise<void> {
  const target =
    existsSync(local) && statSync(local).isDirectory() && !remote.endsWith("/.") ? resolve(local, posix.basename(remote)) : resolve(local);
  const archive = new PassThrough();
  const unpacked = unpackFiles(archive, remote, { folder: dirname(target), name: basename(target) });
  await Promise.all([unpacked, run(place, ["tar", "cf", "-", remote], undefined, archive).finally(() => archive.end())]);
}

/** Runs tar in the container. What it says on standard error is shown; a failure of it is one of the copy. */
async function run(
  { connection, pod, container }: Place,
  command: readonly string[],
  stdin: AsyncIterable<Uint8Array> | undefined,
  stdout: Writable,
): Promise<void> {
  const said: Buffer[] = [];
  const stderr = new Writable({
    write(chunk: Buffer, _, done) {
      said.push(chunk);
      done();
    },
  });
  const code = await execIn(connection, pod, container, command, { ...(stdin && { stdin }), stdout, stderr });
  const text = Buffer.concat(said).toString();
  if (code !== 0) throw new UsageError(`${text.trim() || `tar ended with exit code ${code}`}\ncommand terminated with exit code ${code}`);
  if (text) process.stderr.write(text);
}
