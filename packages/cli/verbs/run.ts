import type { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import type { Connection, ConnectionOptions } from "../connection.ts";
import { connect } from "../connection.ts";
import { type DeletionFlags, deleteObject, deletionFlags, deletionOptions, untilAllGone } from "../deletion.ts";
import { UsageError } from "../errors.ts";
import { commaList, list, writeFlags } from "../flags.ts";
import type { WriteFlags } from "../output/report.ts";
import { type OverrideOptions, overridden, overrideFlags } from "../overrides.ts";
import type { Call, Verb } from "../verb.ts";
import { integer, type Manifest, manifest } from "./create/generator.ts";
import { createObject } from "./create.ts";

interface RunOptions extends ConnectionOptions, WriteFlags, DeletionFlags, OverrideOptions {
  image?: string;
  imagePullPolicy?: string;
  env?: string[];
  labels?: string[];
  annotations?: string[];
  port?: string;
  expose?: boolean;
  restart: string;
  command?: boolean;
  privileged?: boolean;
  attach?: boolean;
  stdin?: boolean;
  tty?: boolean;
  leaveStdinOpen?: boolean;
  rm?: boolean;
  quiet?: boolean;
  saveConfig?: boolean;
}

/** `wherry run`. */
export const verb: Verb = {
  description: "run an image in a pod",
  words: 'NAME --image=image [--env="key=value"] [--port=port] [--command] -- [COMMAND] [args...]',
  client: true,
  flags: (command) =>
    overrideFlags(deletionFlags(writeFlags(command)))
      .option("--image <image>", "the image")
      .option("--image-pull-policy <policy>", "Always, IfNotPresent or Never")
      .option("-e, --env <key=value>", "an environment variable (repeatable)", list)
      .option("-l, --labels <key=value>", "labels, between commas", commaList)
      .option("--annotations <key=value>", "an annotation (repeatable)", list)
      .option("--port <port>", "the port that the container listens on")
      .option("--expose", "make a service for the port, too")
      .option("--restart <policy>", "Always, OnFailure or Never", "Always")
      .option("--command", "what follows -- is the command, and not its arguments")
      .option("--privileged", "let it do anything to its node")
      .option("--attach", "show what it writes")
      .option("-i, --stdin", "pass standard input on")
      .option("-t, --tty", "standard input is a terminal")
      .option("--leave-stdin-open", "standard input stays open after the first one who attaches")
      .option("--rm", "delete the pod when it has ended")
      .option("-q, --quiet", "without words about what is done")
      .option("--save-config", "keep the manifest in the object, for apply"),
  run,
};

async function run(words: string[], options: RunOptions, call: Call): Promise<void> {
  const [name, ...command] = words;
  check(name, call.beforeDash, options);
  const connection = await connect(options);
  try {
    const namespace = connection.namespaceGiven ? { namespace: connection.namespace } : {};
    const placed = (object: Manifest) => ({ ...object, metadata: { ...object.metadata, ...namespace } }) as Manifest;
    const pod = await overridden(podOf(name as string, command, options), options);
    const said: string[] = [await createObject(connection, placed(pod), withManager(options))];
    if (options.expose) said.unshift(await createObject(connection, placed(serviceOf(name as string, options)), withManager(options)));
    if (!attaches(options)) return call.write(said.join(options.output === "yaml" ? "---\n" : ""));
    await attach(connection, name as string, options, call);
  } finally {
    connection.close();
  }
}

const withManager = (options: RunOptions): RunOptions => ({ ...options, fieldManager: options.fieldManager ?? "kubectl-run" });
const attaches = (options: RunOptions): boolean => Boolean(options.attach ?? (options.stdin || options.tty));

function check(name: string | undefined, beforeDash: number | undefined, options: RunOptions): void {
  if (!name || beforeDash === 0) throw new UsageError("NAME is required for run");
  if (!options.image) throw new UsageError('required flag(s) "image" not set');
  if (options.tty && !options.stdin) throw new UsageError("-i/--stdin is required for containers with -t/--tty=true");
  if (options.expose && !options.port) throw new UsageError("--port must be set when exposing a service");
  if (options.rm && !attaches(options)) throw new UsageError("--rm should only be used for attached containers");
  if (attaches(options) && options.dryRun && options.dryRun !== "none")
    throw new UsageError("--dry-run=server|client can't be used with attached containers options (--attach, --stdin, or --tty)");
  if (!["Always", "OnFailure", "Never"].includes(options.restart)) throw new UsageError(`invalid restart policy: ${options.restart}`);
  if (options.imagePullPolicy && !["Always", "IfNotPresent", "Never"].includes(options.imagePullPolicy))
    throw new UsageError(`invalid image pull policy: ${options.imagePullPolicy}`);
}

/** Source: kubectl pkg/generate/versioned/run.go, BasicPod. */
function podOf(name: string, words: readonly string[], options: RunOptions): Manifest {
  const labels = options.labels ? pairs(options.labels, "label") : { run: name };
  const container = {
    name,
    image: options.image,
    ...(options.imagePullPolicy && { imagePullPolicy: options.imagePullPolicy }),
    ...(words.length > 0 && { [options.command ? "command" : "args"]: words }),
    ...(options.env && { env: options.env.map(variable) }),
    ...(options.port && { ports: [{ containerPort: integer(options.port, "port") }] }),
    resources: {},
    ...(options.privileged && { securityContext: { privileged: true } }),
    ...(options.stdin && { stdin: true, ...(!options.leaveStdinOpen && { stdinOnce: true }) }),
    ...(options.tty && { tty: true }),
  };
  const annotations = options.annotations ? { annotations: pairs(options.annotations, "annotation") } : {};
  const spec = { containers: [container], dnsPolicy: "ClusterFirst", restartPolicy: options.restart };
  return manifest("v1", "Pod", { name, labels, ...annotations }, { spec, status: {} });
}

function serviceOf(name: string, options: RunOptions): Manifest {
  const port = integer(options.port as string, "port");
  const selector = options.labels ? pairs(options.labels, "label") : { run: name };
  const spec = { ports: [{ port, protocol: "TCP", targetPort: port }], selector };
  return manifest("v1", "Service", { name, ...(options.labels && { labels: selector }) }, { spec, status: { loadBalancer: {} } });
}

function variable(text: string): { name: string; value?: string } {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`invalid env: ${text}`);
  const value = text.slice(equals + 1);
  return { name: text.slice(0, equals), ...(value !== "" && { value }) };
}

function pairs(words: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf("=");
      if (equals < 1) throw new UsageError(`unexpected ${what} spec: ${word}`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** Shows what the pod writes until it ends; then gives its exit code, and deletes it where asked. */
async function attach(connection: Connection, name: string, options: RunOptions, call: Call): Promise<void> {
  const { attachOrLogs, untilStarted } = await import("./attach.ts");
  const resource = await connection.resources.find("pods");
  const { namespace } = connection;
  try {
    if (options.stdin && !options.quiet) process.stderr.write("If you don't see a command prompt, try pressing enter.\n");
    const pod: Pod = await untilStarted(connection, { name, namespace }, name);
    await attachOrLogs(connection, pod, name, { stdin: Boolean(options.stdin), tty: Boolean(options.tty) });
    if (options.restart === "Never") call.exit(await exitCodeOf(connection, name));
  } finally {
    if (options.rm) {
      const gone = await deleteObject(connection, { resource, name, namespace }, deletionOptions(options), true);
      if (gone && !options.quiet) call.write(`pod "${name}" deleted\n`);
      if (gone) await untilAllGone(connection, [gone]);
    }
  }
}

async function exitCodeOf({ client, namespace }: Connection, name: string): Promise<number> {
  const { Pod } = await import("@wherry/api");
  const { waitFor } = await import("../wait-for.ts");
  const ended = (object: ApiObject | undefined) => !object || /^(Succeeded|Failed)$/.test((object as Pod).status?.phase ?? "");
  const pod = (await waitFor(client, Pod as never, { name, namespace }, ended)) as Pod | undefined;
  return pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode ?? 0;
}
