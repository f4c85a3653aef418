import { Command, Option } from "commander";

/** What verbs work with: where text goes, and the command line that runs this program (for `up` to start its parts). */
export interface Terminal {
  write(text: string): void;
  program: readonly string[];
  /** Sets the exit code of a verb that succeeded but has one to give, such as `exec`. */
  exit(code: number): void;
}

type Action = (words: string[], options: never) => Promise<void>;

/** Builds the command line. Each verb is imported only when it runs, which keeps the start short. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command("wherry")
    .description("A small self-hosted orchestrator that speaks the Kubernetes API and runs pods on the Docker Engine you already have.")
    .showHelpAfterError()
    .configureOutput({ writeOut: terminal.write });
  clusterVerbs(program, terminal);
  readingVerbs(program, terminal);
  writingVerbs(program, terminal);
  podVerbs(program, terminal);
  otherVerbs(program, terminal);
  return program;
}

const list = (value: string, previous: string[] = []): string[] => [...previous, value];
const commaList = (value: string, previous: string[] = []): string[] => [...previous, ...value.split(",")];

/** A verb with free words; the options reach the action as commander parsed them. */
function verb(program: Command, usage: string, description: string, action: Action): Command {
  const [name, ...rest] = usage.split(" ") as [string, ...string[]];
  const command = program.command(name).description(description).argument("[words...]", rest.join(" "));
  if (rest.length) command.usage(rest.join(" "));
  return command.action(function (this: Command, words: string[]) {
    return action(words, this.opts() as never);
  });
}

/** A verb that talks to a cluster. */
function clientVerb(program: Command, usage: string, description: string, action: Action): Command {
  return verb(program, usage, description, action)
    .option("--kubeconfig <file>", "the kubeconfig to use instead of the user's own")
    .option("--context <name>", "the kubeconfig context to use")
    .option("-n, --namespace <name>", "the namespace to work in");
}

const withFiles = (command: Command): Command =>
  command
    .option("-f, --filename <path>", "a file, folder, URL or - for standard input (repeatable)", commaList)
    .option("-R, --recursive", "look into folders below, too");
const withOutput = (command: Command): Command =>
  command.option("-o, --output <format>", "wide, yaml, json, name, jsonpath=..., custom-columns=...");
const withDryRun = (command: Command): Command =>
  command.addOption(new Option("--dry-run [mode]", "only say what would happen").choices(["server", "client"]).preset("server"));
const withSelector = (command: Command): Command => command.option("-l, --selector <selector>", "only objects with these labels");

function clusterVerbs(program: Command, { write, program: self, exit }: Terminal): void {
  const print = (line: string) => write(`${line}\n`);
  const cluster = (command: Command) =>
    command.option("--name <name>", "the cluster's name").option("--data-dir <folder>", "where its data is kept");
  cluster(
    verb(program, "up", "bring a cluster up on this machine; returns when its node is ready", async (_, options) =>
      (await import("./cluster/up.ts")).up(options, self, print),
    ),
  )
    .option("--api-port <port>", "the API server's port (6443, or the next free one)")
    .option("--docker <socket>", "the Docker Engine's socket (DOCKER_HOST, or /var/run/docker.sock)")
    .option("--pod-cidr <range>", "addresses for pods, such as 10.244.0.0/16")
    .option("--service-cidr <range>", "addresses for services, such as 10.96.0.0/16")
    .option("--kubeconfig <file>", "the kubeconfig to write to (the user's own)");
  cluster(
    verb(program, "down", "stop the cluster of this machine, keeping its data", async (_, options) =>
      (await import("./cluster/down.ts")).down(options, self, print),
    ),
  ).option("--purge", "leave nothing behind: no process, container, network, rule, route or file");
  cluster(
    verb(program, "status", "say what runs, where it answers and what is wrong", async (_, options) =>
      exit(await (await import("./cluster/status.ts")).status(options, write)),
    ),
  );
}

function readingVerbs(program: Command, { write }: Terminal): void {
  withSelector(
    withFiles(
      withOutput(
        clientVerb(program, "get TYPE [NAME...]", "print objects", async (words, options) =>
          (await import("./verbs/get.ts")).get(words, options, write),
        ),
      ),
    ),
  )
    .option("-A, --all-namespaces", "of all namespaces")
    .option("--field-selector <selector>", "only objects with these fields")
    .option("-w, --watch", "go on with every change")
    .option("--watch-only", "only changes")
    .option("--no-headers", "without the header line")
    .option("--show-labels", "with all labels as the last column")
    .option("-L, --label-columns <labels>", "these labels as columns", commaList)
    .option("--ignore-not-found", "a missing object is no error")
    .option("--chunk-size <n>", "objects in each call");
  withSelector(
    withFiles(
      clientVerb(program, "describe TYPE [NAME...]", "tell all about objects, with their events", async (words, options) =>
        (await import("./verbs/describe.ts")).describe(words, options, write),
      ),
    ),
  ).option("-A, --all-namespaces", "of all namespaces");
  clientVerb(program, "api-resources", "list what the server serves", async (_, options) =>
    (await import("./verbs/api-resources.ts")).apiResources(options, write),
  )
    .option("--api-group <group>", "only of this group")
    .option("--namespaced <bool>", "only namespaced ones, or only the others")
    .option("-o, --output <format>", "wide or name")
    .option("--no-headers", "without the header line");
  clientVerb(program, "explain TYPE[.FIELD...]", "explain a kind's fields", async (words, options) =>
    (await import("./verbs/explain.ts")).explain(words, options, write),
  ).option("--recursive", "all fields below, without descriptions");
}

function writingVerbs(program: Command, { write }: Terminal): void {
  withDryRun(
    withOutput(
      withFiles(
        clientVerb(program, "apply -f FILE", "make objects what their manifests say", async (_, options) =>
          (await import("./verbs/apply.ts")).apply(options, write),
        ),
      ),
    ),
  ).option("--validate <mode>", "what to do about unknown fields: strict, warn or ignore");
  withDryRun(
    withOutput(
      withFiles(
        clientVerb(program, "create -f FILE | TYPE NAME", "make new objects", async (words, options) =>
          (await import("./verbs/create.ts")).create(words, options, write),
        ),
      ),
    ),
  )
    .option("--validate <mode>", "what to do about unknown fields: strict, warn or ignore")
    .option("--image <image>", "deployment: an image (repeatable)", list)
    .option("-r, --replicas <n>", "deployment: how many pods")
    .option("--port <port>", "deployment: the port that the container listens on")
    .option("--from-literal <key=value>", "configmap, secret: a value (repeatable)", list)
    .option("--from-file <[key=]path>", "configmap, secret: a file, or all files of a folder (repeatable)", list)
    .option("--from-env-file <path>", "configmap, secret: a file of KEY=value lines (repeatable)", list)
    .option("--type <type>", "secret: its type")
    .option("--tcp <port[:target]>", "service: a port (repeatable)", commaList);
  withSelector(
    withDryRun(
      withFiles(
        clientVerb(program, "delete TYPE NAME...", "delete objects", async (words, options) =>
          (await import("./verbs/delete.ts")).deleteVerb(words, options, write),
        ),
      ),
    ),
  )
    .option("-A, --all-namespaces", "of all namespaces")
    .option("--all", "all objects of the type")
    .option("--field-selector <selector>", "only objects with these fields")
    .option("--cascade <mode>", "what becomes of owned objects: background, foreground or orphan")
    .option("--force", "do not wait for the processes to end")
    .option("--grace-period <seconds>", "how long processes may take to end")
    .option("--ignore-not-found", "a missing object is no error")
    .option("--no-wait", "do not wait until the objects are gone")
    .option("-o, --output <format>", "name");
  for (const [name, field, what] of [
    ["label", "labels", "set and remove labels"],
    ["annotate", "annotations", "set and remove annotations"],
  ] as const) {
    const action: Action = async (words, options) => (await import("./verbs/label.ts")).changeMetadata(field, words, options, write);
    withSelector(withFiles(clientVerb(program, `${name} TYPE NAME KEY=VALUE|KEY-...`, what, action)))
      .option("--overwrite", "replace values that are there")
      .option("--all", "all objects of the type");
  }
  withFiles(
    clientVerb(program, "scale TYPE NAME --replicas=N", "set the number of pods", async (words, options) =>
      (await import("./verbs/scale.ts")).scale(words, options, write),
    ),
  )
    .option("--replicas <n>", "how many")
    .option("--current-replicas <n>", "only when there are this many now");
  withFiles(
    clientVerb(
      program,
      "rollout status|history|undo|pause|resume|restart TYPE/NAME",
      "follow and steer a rollout",
      async ([action = "", ...words], options) => (await import("./verbs/rollout.ts")).rollout(action, words, options, write),
    ),
  )
    .option("--to-revision <n>", "undo: back to this revision")
    .option("--revision <n>", "history: details of this revision")
    .option("--timeout <duration>", "status: give up after this time")
    .option("--no-watch", "status: say where it stands and return");
  withSelector(
    withFiles(
      clientVerb(program, "wait TYPE/NAME --for=...", "wait for a condition", async (words, options) =>
        (await import("./verbs/wait.ts")).wait(words, options, write),
      ),
    ),
  )
    .option("--for <condition>", "condition=NAME[=VALUE], delete, create or jsonpath=PATH[=VALUE]")
    .option("--timeout <duration>", "give up after this time (30s)")
    .option("--all", "all objects of the type")
    .option("-A, --all-namespaces", "of all namespaces");
}

function podVerbs(program: Command, { exit }: Terminal): void {
  withSelector(
    clientVerb(program, "logs POD|TYPE/NAME", "print what containers wrote", async (words, options) =>
      (await import("./verbs/logs.ts")).logs(words, options, process.stdout),
    ),
  )
    .option("-c, --container <name>", "which container")
    .option("--all-containers", "of all containers")
    .option("-f, --follow", "go on with what comes")
    .option("-p, --previous", "of the container before the last restart")
    .option("--tail <n>", "only the last lines")
    .option("--since <duration>", "only what is newer")
    .option("--since-time <time>", "only what is newer than this time")
    .option("--timestamps", "with the time of each line")
    .option("--limit-bytes <n>", "at most so many bytes")
    .option("--prefix", "with the pod's name before each line");
  clientVerb(program, "exec POD -- COMMAND [ARG...]", "run a command in a container", async (words, options) =>
    exit(await (await import("./verbs/exec.ts")).exec(words, options)),
  )
    .option("-c, --container <name>", "which container")
    .option("-i, --stdin", "pass standard input on")
    .option("-t, --tty", "standard input is a terminal");
}

function otherVerbs(program: Command, { write }: Terminal): void {
  verb(
    program,
    "config ACTION",
    "view, get-contexts, current-context, use-context NAME, set-context NAME",
    async ([action = "", ...words], options) => (await import("./verbs/config.ts")).config(action, words, options, write),
  )
    .option("--kubeconfig <file>", "the kubeconfig to use instead of the user's own")
    .option("-n, --namespace <name>", "set-context: the namespace")
    .option("--current", "set-context: of the current context")
    .option("--raw", "view: with keys and certificates");
  clientVerb(program, "version", "print the versions of this program and of the server", async (_, options) =>
    (await import("./verbs/version.ts")).version(options, write),
  )
    .option("--client", "of this program only")
    .option("-o, --output <format>", "json");
  program.command("server").description("run a control plane in the foreground; --help tells its flags").helpOption(false);
  program.command("agent").description("run a worker node in the foreground; --help tells its flags").helpOption(false);
}
