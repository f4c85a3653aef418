import { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { randomSuffix } from "@wherry/machinery/object-meta.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { list } from "../flags.ts";
import { notServed } from "../subresource-missing.ts";
import { typeAndName } from "../targets.ts";
import type { Call, Verb } from "../verb.ts";
import { attachOrLogs, untilStarted } from "./attach.ts";
import { type DebugContainer, debugContainer, nodeDebugPod, podCopy } from "./debug/debug-pod.ts";
import type { Profile, Style } from "./debug/profiles.ts";

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
  shareProcesses?: boolean;
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
  custom?: string;
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
      .option("--share-processes", "with --copy-to: every container sees the processes of all; the default of all profiles but legacy")
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
      .option("--profile <name>", "what the container may do: legacy, general, baseline, netadmin, restricted or sysadmin", "legacy")
      .option("--custom <file>", "more of the container, as a part of its spec in JSON or YAML"),
  run: debug,
};

async function debug([word, ...command]: string[], options: DebugOptions, call: Call): Promise<void> {
  check(word, command, options);
  const { profileOf } = await import("./debug/profiles.ts");
  const plan: Plan = {
    write: call.write,
    options,
    profile: profileOf(options.profile),
    custom: options.custom && (await customOf(options.custom)),
  };
  if (options.profile === "legacy") process.stderr.write(`${LEGACY}\n`);
  const connection = await connect(options);
  try {
    const [type, name] = (word as string).includes("/") ? await typeAndName(connection, word as string) : [undefined, word as string];
    const debugging = type?.kind === "Node" ? onNode : options.copyTo ? onCopy : inPod;
    const { pod, container } = await debugging(connection, name, command, plan);
    if (options.attach ?? options.stdin) await attach(connection, pod, container, options, call);
  } finally {
    connection.close();
  }
}

/** How one debugs. */
interface Plan {
  options: DebugOptions;
  profile: Profile;
  /** Of the container, on top of the profile. */
  custom: object | undefined | "";
  write(text: string): void;
}

/** A pod with a container to attach to. */
interface Debugging {
  pod: Pod;
  container: string;
}

const customOf = async (path: string) => (await import("./debug/profiles.ts")).customContainer(path);

const LEGACY =
  '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".';

function check(word: string | undefined, command: readonly string[], options: DebugOptions): void {
  if (!word) throw new UsageError("NAME or TYPE/NAME is required for debug");
  if (!options.image && !options.setImage && !command.length)
    throw new UsageError("you must specify --image, --set-image or command arguments.");
  for (const [flag, given] of Object.entries({ "set-image": options.setImage, "same-node": options.sameNode, replace: options.replace }))
    if (given && !options.copyTo) throw new UsageError(`--${flag} may only be used with --copy-to.`);
  if (options.tty && !options.stdin) throw new UsageError("-i/--stdin is required for containers with -t/--tty=true");
  if (options.target && options.copyTo) throw new UsageError("--target is incompatible with --copy-to. Use --share-processes instead.");
}

const say = ({ options, write }: Plan, text: string) => options.quiet || write(`${text}\n`);

/** The container's name: the one given, or one that no other has. */
function nameOf(plan: Plan): string {
  if (plan.options.container) return plan.options.container;
  const name = `debugger-${randomSuffix(5)}`;
  say(plan, `Defaulting debug container name to ${name}.`);
  return name;
}

/** The container as the profile and the file of `--custom` have it. */
async function finished(container: DebugContainer, { profile, custom }: Plan, style: Style): Promise<DebugContainer> {
  const { withProfile } = await import("./debug/profiles.ts");
  const made = withProfile(container, profile, style);
  if (!custom) return made;
  const [{ applyStrategicMergePatch }, { definitions }] = await Promise.all([
    import("@wherry/machinery"),
    import("@wherry/api/definitions.ts"),
  ]);
  return applyStrategicMergePatch(made, custom, "io.k8s.api.core.v1.Container", definitions);
}

async function onNode({ client, namespace }: Connection, node: string, command: string[], plan: Plan): Promise<Debugging> {
  const { options, profile } = plan;
  const name = `node-debugger-${node}-${randomSuffix(5)}`;
  const container = await finished(debugContainer(command, options, options.container ?? "debugger"), plan, "node");
  say(plan, `Creating debugging pod ${name} with container ${container.name} on node ${node}.`);
  const body = nodeDebugPod(name, node, container, namespace, profile);
  return { pod: await client.create(Pod, body as never, { fieldManager: "kubectl-debug" }), container: container.name };
}

async function onCopy({ client, namespace }: Connection, name: string, command: string[], plan: Plan): Promise<Debugging> {
  const { options, profile } = plan;
  const pod = await client.get(Pod, { name, namespace });
  const wanted = options.image || options.container || command.length ? debugContainer(command, options, nameOf(plan)) : undefined;
  const original = pod.spec.containers.find((one) => one.name === wanted?.name);
  const container = wanted && (await finished({ ...original, ...wanted } as DebugContainer, plan, "copy"));
  const copy = podCopy(pod as unknown as ApiObject & { spec: Record<string, unknown> }, container, options, profile);
  if (options.replace) await client.delete(Pod, { name, namespace });
  const made = await client.create(Pod, copy as never, { fieldManager: "kubectl-debug" });
  return { pod: made, container: container?.name ?? made.spec.containers[0]?.name ?? "" };
}

async function inPod({ client, namespace }: Connection, name: string, command: string[], plan: Plan): Promise<Debugging> {
  const { options } = plan;
  await client.get(Pod, { name, namespace });
  const container = await finished(debugContainer(command, options, nameOf(plan)), plan, "ephemeral");
  const ephemeral = { ...container, ...(options.target && { targetContainerName: options.target }) };
  const body = { spec: { ephemeralContainers: [ephemeral] } };
  const pod = await client
    .patch(Pod, { name, namespace }, { type: "strategic", body }, { subresource: "ephemeralcontainers", fieldManager: "kubectl-debug" })
    .catch((error: unknown) => {
      throw notServed(error, "ephemeralcontainers", "work on a copy of the pod with --copy-to");
    });
  return { pod, container: container.name };
}

async function attach(connection: Connection, pod: Pod, container: string, options: DebugOptions, { exit }: Call): Promise<void> {
  const running = await untilStarted(connection, pod.metadata, container);
  if (options.stdin && !options.quiet) process.stderr.write("If you don't see a command prompt, try pressing enter.\n");
  exit(await attachOrLogs(connection, running, container, { stdin: Boolean(options.stdin), tty: Boolean(options.tty) }));
}
