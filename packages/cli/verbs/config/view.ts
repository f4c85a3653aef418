import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "../../errors.ts";
import { outputFlag } from "../../flags.ts";
import { type OutputOptions, parseOutput, printObject } from "../../output/format.ts";
import type { Verb } from "../../verb.ts";
import { type ConfigFile, type ConfigOptions, configFlag, pathOf, readConfig } from "./file.ts";

interface ViewOptions extends ConfigOptions, OutputOptions {
  raw?: boolean;
  minify?: boolean;
  flatten?: boolean;
  context?: string;
}

/** `wherry config view`. */
export const view: Verb = {
  description: "print the kubeconfig, without its secrets",
  client: true,
  flags: (command) =>
    outputFlag(configFlag(command))
      .option("--raw", "with keys and certificates")
      .option("--minify", "only what the current context uses")
      .option("--flatten", "with the content of files in the place of their paths")
      .option("--context <name>", "with --minify: of this context"),
  async run(_, options: ViewOptions, { write }) {
    const whole = { apiVersion: "v1", kind: "Config", preferences: {}, ...EMPTY, ...(await readConfig(options)) };
    const wanted = options.minify ? minified(whole, options.context ?? whole["current-context"]) : whole;
    const flat = options.flatten ? flattened(wanted, dirname(pathOf(options))) : wanted;
    write(
      await printObject(
        options.raw || options.flatten ? flat : redacted(flat),
        parseOutput(options.output ?? "yaml", options),
        () => "config",
      ),
    );
  },
};

const EMPTY = { clusters: null, contexts: null, "current-context": "", users: null } as unknown as ConfigFile;

function minified<C extends ConfigFile>(config: C, name: string | undefined): C {
  const context = config.contexts?.find((c) => c.name === name);
  if (!name || !context) throw new UsageError(name ? `cannot locate context ${name}` : "current-context must exist in order to minify");
  return {
    ...config,
    "current-context": name,
    contexts: [context],
    clusters: (config.clusters ?? []).filter((c) => c.name === context.context.cluster),
    users: (config.users ?? []).filter((u) => u.name === context.context.user),
  };
}

type Fields = Record<string, unknown>;

function mapped<C extends ConfigFile>(config: C, change: (fields: Fields) => Fields): C {
  return {
    ...config,
    ...(config.clusters && { clusters: config.clusters.map((c) => ({ ...c, cluster: change(c.cluster) })) }),
    ...(config.users && { users: config.users.map((u) => ({ ...u, user: change(u.user) })) }),
  };
}

/** Keys and tokens are not for the screen. */
const redacted = <C extends ConfigFile>(config: C): C =>
  mapped(config, (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [
        key,
        key.endsWith("-data") ? "DATA+OMITTED" : key === "token" || key === "password" ? "REDACTED" : value,
      ]),
    ),
  );

const FILES = ["certificate-authority", "client-certificate", "client-key"];

const flattened = <C extends ConfigFile>(config: C, folder: string): C =>
  mapped(config, (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) =>
        FILES.includes(key) && typeof value === "string"
          ? [`${key}-data`, readFileSync(resolve(folder, value)).toString("base64")]
          : [key, value],
      ),
    ),
  );
