import { UsageError } from "../errors.ts";
import type { Verb } from "../verb.ts";

interface Options {
  output?: string;
  loadRestrictor: string;
  helmCommand?: string;
}

const ROOT_ONLY = "LoadRestrictionsRootOnly";

const NOT_BUILT = [
  ...["--as-current-user", "--enable-alpha-plugins", "--enable-helm", "-e, --env <name>", "--helm-api-versions <version>", "--helm-debug"],
  ...["--helm-kube-version <version>", "--mount <options>", "--network", "--network-name <name>"],
];

const dashed = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** `wherry kustomize`. It talks to no cluster, and takes the flags of those that do, as kubectl's does. */
export const verb: Verb = {
  description: "print the objects that a kustomization makes",
  words: "DIR",
  client: true,
  completes: "files",
  flags: (command) => {
    command.option("-o, --output <file>", "write them to this file");
    for (const flag of NOT_BUILT) command.option(flag, "not built: Helm charts and functions are left to kubectl");
    command
      .option("--load-restrictor <name>", "LoadRestrictionsNone: files may be outside of the folder", ROOT_ONLY)
      .option("--helm-command <path>", "not needed: Helm charts are left to kubectl");
  },
  async run(words, { output, loadRestrictor, helmCommand: _, ...others }: Options, { write }) {
    if (words.length > 1) throw new UsageError("specify one path to kustomization.yaml");
    const asked = Object.keys(others).find((name) => NOT_BUILT.some((flag) => flag.split(/[ ,]+/).includes(`--${dashed(name)}`)));
    if (asked) throw new UsageError(`--${dashed(asked)} is not built: Helm charts and functions are left to kubectl`);
    if (loadRestrictor !== ROOT_ONLY && loadRestrictor !== "LoadRestrictionsNone") {
      throw new UsageError(`illegal flag value --load-restrictor ${loadRestrictor}; legal values: [${ROOT_ONLY} LoadRestrictionsNone]`);
    }
    const anywhere = loadRestrictor !== ROOT_ONLY;
    const text = await (await import("../kustomize/build.ts")).kustomizationYaml(words[0] ?? ".", { anywhere });
    if (output) (await import("node:fs")).writeFileSync(output, text);
    else write(text);
  },
};
