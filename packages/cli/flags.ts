import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "./errors.ts";

// Flags that several verbs share, each with one meaning.

/** Collects a flag that may be given several times. */
export const list = (value: string, previous: string[] = []): string[] => [...previous, value];

/** The same, each value being a list with commas. */
export const commaList = (value: string, previous: string[] = []): string[] => [...previous, ...value.split(",")];

/** The cluster to talk to, and the namespace in it. */
export const connectionFlags = (command: Command): Command =>
  command
    .option("--kubeconfig <file>", "the kubeconfig to use instead of the user's own")
    .option("--context <name>", "the kubeconfig context to use")
    .option("-n, --namespace <name>", "the namespace to work in");

/** Objects by their manifests. */
export const fileFlags = (command: Command): Command =>
  command
    .option("-f, --filename <path>", "a file, folder, URL or - for standard input (repeatable)", commaList)
    .option("-R, --recursive", "look into folders below, too")
    .addOption(new Option("-k, --kustomize <folder>", "not built: pipe the output of `kubectl kustomize`").argParser(noKustomize));

function noKustomize(folder: string): never {
  throw new UsageError(`kustomizations are not built here: run \`kubectl kustomize ${folder} | wherry ... -f -\``);
}

/** How objects are printed. */
export const outputFlag = (command: Command): Command =>
  command
    .option("-o, --output <format>", "wide, yaml, json, name, jsonpath=..., custom-columns=...")
    .option("--template <text>", "the template of -o jsonpath, when it is not in there")
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
