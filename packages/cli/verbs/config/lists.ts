import { UsageError } from "../../errors.ts";
import { textTable } from "../../output/text-table.ts";
import type { Verb } from "../../verb.ts";
import { type ConfigOptions, configFlag, readConfig } from "./file.ts";

interface ListOptions extends ConfigOptions {
  output?: string;
  headers: boolean;
}

/** `wherry config get-contexts`. */
export const getContexts: Verb = {
  description: "list the contexts",
  words: "[(-o|--output=)name]",
  completes: "contexts",
  client: true,
  flags: (command) => configFlag(command).option("-o, --output <format>", "name").option("--no-headers", "without the header line"),
  async run(words, options: ListOptions, { write }) {
    if (options.output && options.output !== "name") throw new UsageError(`output must be one of '' or 'name': ${options.output}`);
    const config = await readConfig(options);
    const all = (config.contexts ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const missing = words.filter((word) => !all.some(({ name }) => name === word));
    const shown = all.filter(({ name }) => !words.length || words.includes(name));
    if (options.output) write(shown.map(({ name }) => `${name}\n`).join(""));
    else {
      const rows = shown.map(({ name, context }) => [
        name === config["current-context"] ? "*" : "",
        name,
        context.cluster ?? "",
        context.user ?? "",
        context.namespace ?? "",
      ]);
      write(textTable([...(options.headers ? [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]] : []), ...rows]));
    }
    if (missing.length) throw new UsageError(missing.map((name) => `context ${name} not found`).join("\n"));
  },
};

/** `wherry config get-clusters`. */
export const getClusters: Verb = names("clusters");

/** `wherry config get-users`. */
export const getUsers: Verb = names("users");

function names(list: "clusters" | "users"): Verb {
  return {
    description: `list the ${list}`,
    client: true,
    flags: configFlag,
    async run(_, options: ConfigOptions, { write }) {
      const all = ((await readConfig(options))[list] ?? []).map(({ name }) => name);
      write(["NAME", ...all.toSorted()].map((name) => `${name}\n`).join(""));
    },
  };
}
