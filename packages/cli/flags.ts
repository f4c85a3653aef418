import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "./errors.ts";

// Flags that several verbs share, each with one meaning.

/** Collects a flag that may be given several times. */
export const list = (value: string, previous: string[] = []): string[] => [...previous, value];

/** The same, each value being a list with commas. */
export const commaList = (value: string, previous: string[] = []): string[] => [...previous, ...value.split(",")];

/** The flags of every verb that talks to a cluster: what `wherry options` lists. They may stand before the verb, too. */
export const CONNECTION_FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ["--kubeconfig <file>", "the kubeconfig to use instead of the user's own"],
  ["--context <name>", "the kubeconfig context to use"],
  ["-n, --namespace <name>", "the namespace to work in"],
  ["--cluster <name>", "the kubeconfig cluster to use"],
  ["--user <name>", "the kubeconfig user to be"],
  ["-s, --server <url>", "the API server's address"],
  ["--token <token>", "the bearer token to show the server"],
  ["--username <name>", "the user's name, for basic authentication"],
  ["--password <password>", "the user's password, for basic authentication"],
  ["--certificate-authority <file>", "whose certificates the server may have"],
  ["--client-certificate <file>", "the certificate to show the server"],
  ["--client-key <file>", "the certificate's key"],
  ["--insecure-skip-tls-verify", "do not check the server's certificate"],
  ["--tls-server-name <name>", "the name on the server's certificate"],
  ["--request-timeout <duration>", "how long one call may take; 0 is for ever"],
  ["--as <user>", "act as this user"],
  ["--as-group <group>", "act as a member of this group (repeatable)"],
  ["--as-uid <uid>", "act as the user of this uid"],
  ["-v, --v <level>", "from 6 on, tell each call on standard error"],
  ["--cache-dir <folder>", "accepted and not needed: XDG_CACHE_HOME says where the cache is"],
  ["--match-server-version", "accepted and not needed: any version will do"],
  ["--disable-compression", "accepted and not needed: nothing is compressed"],
];

/** The cluster to talk to, whom to be there, and the namespace in it. A flag that the verb has declared with another meaning stays the verb's. */
export function connectionFlags(command: Command): Command {
  for (const [flags, description] of CONNECTION_FLAGS) {
    const option = new Option(flags, description);
    const taken = (flag: string | undefined) => flag !== undefined && command.options.some((o) => o.long === flag || o.short === flag);
    if (taken(option.long)) continue;
    if (taken(option.short)) option.short = undefined;
    if (option.long === "--as-group") option.argParser(list);
    if (!SHOWN.includes(option.long ?? "")) option.hideHelp();
    command.addOption(option);
  }
  return command;
}

/** The help of a verb names these only; `wherry options` has them all. */
const SHOWN = ["--kubeconfig", "--context", "--namespace"];

/** Objects by their manifests. */
export const fileFlags = (command: Command): Command =>
  command
    .option("-f, --filename <path>", "a file, folder, URL or - for standard input (repeatable)", commaList)
    .option("-R, --recursive", "look into folders below, too")
    .option("-k, --kustomize <folder>", "the objects of the kustomization in this folder");

/** How objects are printed. */
export const outputFlag = (command: Command): Command =>
  command
    .option("-o, --output <format>", "wide, yaml, json, name, jsonpath=..., custom-columns=..., go-template=...")
    .option("--template <text>", "the template of -o go-template or -o jsonpath, when it is not in there")
    .option("--show-managed-fields", "in JSON and YAML, with the fields that each manager owns")
    .option("--no-allow-missing-template-keys", "a path that finds nothing is an error");

/** Whether anything is changed. */
export const dryRunFlag = (command: Command): Command =>
  command.addOption(
    new Option("--dry-run [mode]", 'only say what would happen: "client" asks nobody, "server" asks the server')
      .preset("unchanged")
      .argParser(dryRunMode),
  );

/** Source: kubectl pkg/cmd/util/helpers.go, GetDryRunStrategy. */
function dryRunMode(text: string): "none" | "client" | "server" {
  if (text === "unchanged") {
    process.stderr.write("Warning: --dry-run is deprecated and can be replaced with --dry-run=client.\n");
    return "client";
  }
  if (text === "none" || text === "client" || text === "server") return text;
  throw new InvalidArgumentError(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
}

/** What all verbs that write take: how to print the outcome, whether to write at all, and in whose name. */
export const writeFlags = (command: Command): Command =>
  dryRunFlag(outputFlag(command)).option("--field-manager <name>", "the name that the change is made in");

/** `--validate` as the server's own word. */
export function fieldValidation(text = "strict"): "Strict" | "Warn" | "Ignore" {
  const known = { strict: "Strict", true: "Strict", warn: "Warn", ignore: "Ignore", false: "Ignore" } as const;
  const value = known[text.toLowerCase() as keyof typeof known];
  if (!value) throw new UsageError(`invalid - validate option "${text}": must be strict, warn or ignore`);
  return value;
}

/** What the server does about fields that it does not know. */
export const validateFlag = (command: Command): Command =>
  command.addOption(new Option("--validate [mode]", "what to do about unknown fields: strict, warn or ignore").preset("strict"));

export const selectorFlag = (command: Command): Command => command.option("-l, --selector <selector>", "only objects with these labels");

/** A cluster of this machine. */
export const clusterFlags = (command: Command): Command =>
  command.option("--name <name>", "the cluster's name").option("--data-dir <folder>", "where its data is kept");
