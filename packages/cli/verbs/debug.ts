import { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { randomSuffix } from "@wherry/machinery/object-meta.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { list } from "../flags.ts";
import { notServed } from "../subresource-missing.ts";
import { typeAndName } from "../targets.ts";
import type { Call, Verb } from "../verb.ts";
import { attachTo, untilStarted } from "./attach.ts";
import { type DebugContainer, debugContainer, nodeDebugPod, podCopy } from "./debug/debug-pod.ts";

/** The flags of `debug`. */
export interface DebugOptions extends ConnectionOptions {
  image?: string;
  imagePullPolicy?: string;
  container?: string;
  target?: string;
  env?: string[];
  argumentsOnly?: boolean;
  copyTo?: string;
  setImage?: string[];
  sameNode?: boolean;
  shareProcesses: boolean;
  replace?: boolean;
  keepLabels?: boolean;
  keepAnnotations?: boolean;
  keepLiveness?: boolean;
  keepReadiness?: boolean;
  keepStartup?: boolean;
  keepInitContainers: boolean;
  attach?: boolean;
  stdin?: boolean;
  tty?: boolean;
  quiet?: boolean;
  profile: string;
}

/** `wherry debug`. */
export const verb: Verb = {
  description: "look into a pod or a node with a container of one's own",
  words: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
  client: true,
  completes: "pods",
  flags: (command) =>
    command
      .option("--image <image>", "the image of the container")
      .option("--image-pull-policy <policy>", "Always, IfNotPresent or Never")
      .option("-c, --container <name>", "the container's name")
      .option("--target <name>", "look into the processes of this container")
      .option("--env <key=value>", "an environment variable (repeatable)", list)
      .option("--arguments-only", "what follows -- are the arguments, and not the command")
      .option("--copy-to <name>", "work on a copy of the pod with this name")
      .option("--set-image <container=image>", "with --copy-to: other images (repeatable)", list)
      .option("--same-node", "with --copy-to: on the same node")
      .option("--no-share-processes", "with --copy-to: every container sees its own processes only")
      .option("--replace", "with --copy-to: the first pod is deleted")
      .option("--keep-labels", "with --copy-to: with its labels")
      .option("--keep-annotations", "with --copy-to: with its annotations")
      .option("--keep-liveness", "with --copy-to: with its liveness probes")
      .option("--keep-readiness", "with --copy-to: with its readiness probes")
      .option("--keep-startup", "with --copy-to: with its startup probes")
      .option("--no-keep-init-containers", "with --copy-to: without its init containers")
      .option("--attach", "show what the container writes")
      .option("-i, --stdin", "pass standard input on")
      .option("-t, --tty", "standard input is a terminal")
      .option("-q, --quiet", "without words about what is done")
      .option("--profile <name>", "only legacy is built", "legacy"),
  run: debug,
};

async function debug([word, ...command]: string[], options: DebugOptions, call: Call): Promise<void> {
  check(word, options);
  const connection = await connect(options);
  try {
    const [type, name] = (word as string).includes("/") ? await typeAndName(connection, word as string) : [undefined, word as string];
    const container = debugContainer(
      command,
      options,
      options.container ?? `debugger${type?.kind === "Node" || options.copyTo ? "" : `-${randomSuffix(5)}`}`,
    );
    const pod =
      type?.kind === "Node" ? await onNode(connection, name, container, options) : await onPod(connection, name, container, options);
    if (options.attach ?? options.stdin) await attach(connection, pod, container.name, options, call);
  } finally {
    connection.close();
  }
}

function check(word: string | undefined, options: DebugOptions): void {
  if (!word) throw new UsageError("NAME or TYPE/NAME is required for debug");
  if (!options.image && !options.setImage) throw new UsageError("you must specify --image, --set-image or both");
  if (options.setImage && !options.copyTo) throw new UsageError("--set-image is only valid when --copy-to is used");
  if (options.tty && !options.stdin) throw new UsageError("-i/--stdin is required for containers with -t/--tty=true");
  if (options.target && options.copyTo) throw new UsageError("--target is incompatible with --copy-to. Use --share-processes instead.");
  if (options.profile !== "legacy")
    throw new UsageError(
      `the debugging profile ${JSON.stringify(options.profile)} is not built: leave --profile out, and set what is needed in a manifest`,
    );
}

const say = (options: DebugOptions, text: string) => options.quiet || process.stderr.write(`${text}\n`);

async function onNode({ client, namespace }: Connection, node: string, container: DebugContainer, options: DebugOptions): Promise<Pod> {
  const name = `node-debugger-${node}-${randomSuffix(5)}`;
  say(options, `Creating debugging pod ${name} with container ${container.name} on node ${node}.`);
  return client.create(Pod, nodeDebugPod(name, node, container, namespace) as never, { fieldManager: "kubectl-debug" });
}

async function onPod(connection: Connection, name: string, container: DebugContainer, options: DebugOptions): Promise<Pod> {
  const { client, namespace } = connection;
  const pod = await client.get(Pod, { name, namespace });
  if (options.copyTo) {
    const copy = podCopy(pod as unknown as ApiObject & { spec: Record<string, unknown> }, container, options);
    if (options.replace) await client.delete(Pod, { name, namespace });
    return client.create(Pod, copy as never, { fieldManager: "kubectl-debug" });
  }
  if (!options.container) say(options, `Defaulting debug container name to ${container.name}.`);
  const ephemeral = { ...container, ...(options.target && { targetContainerName: options.target }) };
  const body = { spec: { ephemeralContainers: [ephemeral] } };
  return client
    .patch(Pod, { name, namespace }, { type: "strategic", body }, { subresource: "ephemeralcontainers", fieldManager: "kubectl-debug" })
    .catch((error: unknown) => {
      throw notServed(error, "ephemeralcontainers", "work on a copy of the pod with --copy-to");
    });
}

async function attach(connection: Connection, pod: Pod, container: string, options: DebugOptions, { exit }: Call): Promise<void> {
  const running = await untilStarted(connection, pod.metadata.name, pod.metadata.namespace, container);
  if (options.stdin) say(options, "If you don't see a command prompt, try pressing enter.");
  exit(await attachTo(connection, running, container, { stdin: Boolean(options.stdin), tty: Boolean(options.tty) }));
}
