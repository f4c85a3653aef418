import { type Command, Option } from "commander";

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
    .option("-R, --recursive", "look into folders below, too");

export const outputFlag = (command: Command): Command =>
  command.option("-o, --output <format>", "wide, yaml, json, name, jsonpath=..., custom-columns=...");

export const dryRunFlag = (command: Command): Command =>
  command.addOption(new Option("--dry-run [mode]", "only say what would happen").choices(["server", "client"]).preset("server"));

export const selectorFlag = (command: Command): Command => command.option("-l, --selector <selector>", "only objects with these labels");

/** A cluster of this machine. */
export const clusterFlags = (command: Command): Command =>
  command.option("--name <name>", "the cluster's name").option("--data-dir <folder>", "where its data is kept");
