import { type Generator, integer, manifest, nameOf } from "./generator.ts";

interface Options {
  value: string;
  globalDefault?: boolean;
  description: string;
  preemptionPolicy: string;
}

/** `wherry create priorityclass NAME --value=VALUE`. */
export const priorityClass: Generator<Options> = {
  usage: "NAME --value=VALUE --global-default=BOOL",
  description: "make a priority class",
  declare(command) {
    command
      .option("--value <n>", "the priority", "0")
      .option("--global-default", "for pods that name no class")
      .option("--description <text>", "what it is for", "")
      .option("--preemption-policy <policy>", "PreemptLowerPriority or Never", "PreemptLowerPriority");
  },
  generate(words, { value, globalDefault, description, preemptionPolicy }) {
    const fields = {
      value: integer(value, "value"),
      ...(globalDefault && { globalDefault }),
      ...(description && { description }),
      preemptionPolicy,
    };
    return manifest("scheduling.k8s.io/v1", "PriorityClass", { name: nameOf(words) }, fields);
  },
};
