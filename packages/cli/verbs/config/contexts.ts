import { editKubeconfig } from "../../cluster/kubeconfig-file.ts";
import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { type ConfigOptions, configFlag, pathOf, readConfig } from "./file.ts";

/** `wherry config current-context`. */
export const currentContext: Verb = {
  description: "print the current context",
  client: true,
  flags: configFlag,
  async run(_, options: ConfigOptions, { write }) {
    const current = (await readConfig(options))["current-context"];
    if (!current) throw new UsageError("current-context is not set");
    write(`${current}\n`);
  },
};

/** `wherry config use-context`. */
export const useContext: Verb = {
  description: "make a context the current one",
  words: "CONTEXT_NAME",
  completes: "contexts",
  aliases: ["use"],
  client: true,
  flags: configFlag,
  async run([name], options: ConfigOptions, { write }) {
    const { contexts = [] } = await readConfig(options);
    if (!contexts.some((c) => c.name === name)) throw new UsageError(`no context exists with the name: "${name ?? ""}"`);
    await editKubeconfig(pathOf(options), (document) => document.set("current-context", name));
    write(`Switched to context "${name}".\n`);
  },
};

/** `wherry config rename-context`. */
export const renameContext: Verb = {
  description: "give a context another name",
  words: "CONTEXT_NAME NEW_NAME",
  completes: "contexts",
  client: true,
  flags: configFlag,
  async run([from, to], options: ConfigOptions, { write }) {
    if (!from || !to) throw new UsageError("CONTEXT_NAME and NEW_NAME are required");
    const config = await readConfig(options);
    const index = config.contexts?.findIndex((c) => c.name === from) ?? -1;
    if (index < 0) throw new UsageError(`cannot rename the context "${from}", it's not in ${pathOf(options)}`);
    if (config.contexts?.some((c) => c.name === to))
      throw new UsageError(`cannot rename the context "${from}", the context "${to}" already exists in ${pathOf(options)}`);
    await editKubeconfig(pathOf(options), (document) => {
      document.setIn(["contexts", index, "name"], to);
      if (config["current-context"] === from) document.set("current-context", to);
    });
    write(`Context "${from}" renamed to "${to}".\n`);
  },
};

/** `wherry config delete-context`, `delete-cluster`, `delete-user`. */
export function deleteEntry(what: "context" | "cluster" | "user"): Verb {
  return {
    description: `take a ${what} out`,
    words: "NAME",
    completes: `${what}s`,
    client: true,
    flags: configFlag,
    async run([name], options: ConfigOptions, { write }) {
      const config = await readConfig(options);
      const index = config[`${what}s`]?.findIndex((entry) => entry.name === name) ?? -1;
      if (index < 0) throw new UsageError(`cannot delete ${what} ${name ?? ""}, not in ${pathOf(options)}`);
      await editKubeconfig(pathOf(options), (document) => document.deleteIn([`${what}s`, index]));
      if (what === "context" && config["current-context"] === name)
        process.stderr.write('warning: this removed your active context, use "wherry config use-context" to select a different one\n');
      write(`deleted ${what} ${name} from ${pathOf(options)}\n`);
    },
  };
}
