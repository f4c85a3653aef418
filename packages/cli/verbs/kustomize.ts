import { UsageError } from "../errors.ts";
import type { Verb } from "../verb.ts";

/** `wherry kustomize`. */
export const verb: Verb = {
  description: "print the objects that a kustomization makes",
  words: "DIR",
  completes: "files",
  flags: (command) => command.option("-o, --output <file>", "write them to this file"),
  async run(words, { output }: { output?: string }, { write }) {
    if (words.length > 1) throw new UsageError("specify one path to kustomization.yaml");
    const text = await (await import("../kustomize/build.ts")).kustomizationYaml(words[0] ?? ".");
    if (output) (await import("node:fs")).writeFileSync(output, text);
    else write(text);
  },
};
