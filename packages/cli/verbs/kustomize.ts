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

/** `wherry kustomize`. */
export const verb: Verb = {
  description: "print the objects that a kustomization makes",
  words: "DIR",
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
    const [asked] = Object.keys(others);
    if (asked)
      throw new UsageError(
        `--${asked.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} is not built: Helm charts and functions are left to kubectl`,
      );
    if (loadRestrictor !== ROOT_ONLY && loadRestrictor !== "LoadRestrictionsNone") {
      throw new UsageError(`illegal flag value --load-restrictor ${loadRestrictor}; legal values: [${ROOT_ONLY} LoadRestrictionsNone]`);
    }
    const anywhere = loadRestrictor !== ROOT_ONLY;
    const text = await (await import("../kustomize/build.ts")).kustomizationYaml(words[0] ?? ".", { anywhere });
    if (output) (await import("node:fs")).writeFileSync(output, text);
    else write(text);
  },
};
