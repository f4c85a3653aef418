import { CONNECTION_FLAGS, connectionFlags } from "./flags.ts";
import { declareVerb, type Terminal, type Verb } from "./verb.ts";
import { VerbCommand } from "./verb-command.ts";

/** Every verb, in the order of the help. A verb's file is loaded when the verb runs, and not before: that keeps the start short. */
const VERBS: Readonly<Record<string, () => Promise<{ verb: Verb }>>> = {
  up: () => import("./verbs/up.ts"),
  down: () => import("./verbs/down.ts"),
  status: () => import("./verbs/status.ts"),
  get: () => import("./verbs/get.ts"),
  describe: () => import("./verbs/describe.ts"),
  events: () => import("./verbs/events.ts"),
  explain: () => import("./verbs/explain.ts"),
  "api-resources": () => import("./verbs/api-resources.ts"),
  "api-versions": () => import("./verbs/api-versions.ts"),
  create: () => import("./verbs/create.ts"),
  apply: () => import("./verbs/apply.ts"),
  diff: () => import("./verbs/diff.ts"),
  kustomize: () => import("./verbs/kustomize.ts"),
  replace: () => import("./verbs/replace.ts"),
  patch: () => import("./verbs/patch.ts"),
  edit: () => import("./verbs/edit.ts"),
  set: () => import("./verbs/set.ts"),
  delete: () => import("./verbs/delete.ts"),
  run: () => import("./verbs/run.ts"),
  expose: () => import("./verbs/expose.ts"),
  autoscale: () => import("./verbs/autoscale.ts"),
  scale: () => import("./verbs/scale.ts"),
  rollout: () => import("./verbs/rollout.ts"),
  label: () => import("./verbs/label.ts"),
  annotate: () => import("./verbs/annotate.ts"),
  wait: () => import("./verbs/wait.ts"),
  logs: () => import("./verbs/logs.ts"),
  exec: () => import("./verbs/exec.ts"),
  attach: () => import("./verbs/attach.ts"),
  cp: () => import("./verbs/cp.ts"),
  "port-forward": () => import("./verbs/port-forward.ts"),
  proxy: () => import("./verbs/proxy.ts"),
  debug: () => import("./verbs/debug.ts"),
  top: () => import("./verbs/top.ts"),
  cordon: () => import("./verbs/cordon.ts"),
  uncordon: () => import("./verbs/uncordon.ts"),
  drain: () => import("./verbs/drain.ts"),
  taint: () => import("./verbs/taint.ts"),
  certificate: () => import("./verbs/certificate.ts"),
  "cluster-info": () => import("./verbs/cluster-info.ts"),
  auth: () => import("./verbs/auth.ts"),
  completion: () => import("./verbs/completion.ts"),
  config: () => import("./verbs/config.ts"),
  plugin: () => import("./verbs/plugin.ts"),
  options: () => import("./verbs/options.ts"),
  version: () => import("./verbs/version.ts"),
  server: () => import("./verbs/server.ts"),
  agent: () => import("./verbs/agent.ts"),
};

/**
 * The command line for these words: the verb that they name is declared in full, any other by its name only. All of them are when the words name none: then the help
 * or a suggestion is wanted.
 */
export async function buildProgram(words: readonly string[], terminal: Terminal): Promise<VerbCommand> {
  const program = new VerbCommand("wherry")
    .description("A small self-hosted orchestrator that speaks the Kubernetes API and runs pods on the Docker Engine you already have.")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, outputError: () => undefined });
  connectionFlags(program);
  for (const name of Object.keys(VERBS)) program.command(name);
  const wanted = verbOf(words);
  const loaded = wanted === undefined ? Object.keys(VERBS) : [wanted];
  const verbs = await Promise.all(loaded.map(async (name) => [name, (await VERBS[name]?.())?.verb] as const));
  for (const [name, verb] of verbs) {
    const command = program.commands.find((c) => c.name() === name);
    if (verb && command instanceof VerbCommand) declareVerb(command, verb, terminal);
  }
  return program;
}

const WITH_VALUE: ReadonlySet<string> = new Set(
  CONNECTION_FLAGS.filter(([flags]) => flags.includes("<")).flatMap(([flags]) => flags.split(/,? /).filter((word) => word.startsWith("-"))),
);

/** The verb among the words: the first that is neither a flag nor its value. Undefined when it is none of ours. */
export function verbOf(words: readonly string[]): string | undefined {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (WITH_VALUE.has(word)) i++;
    else if (word !== "help" && !word.startsWith("-")) return Object.hasOwn(VERBS, word) ? word : undefined;
  }
  return undefined;
}
