import type { ApiObject } from "@wherry/machinery";
import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags } from "../flags.ts";
import { definitionOf, objectLabel } from "../resource-catalogue.ts";
import { parseTargets, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

export interface ScaleOptions extends ConnectionOptions, TargetOptions {
  replicas?: string;
  currentReplicas?: string;
}

/** `wherry scale`. */
export const verb: Verb = {
  description: "set the number of pods",
  words: "TYPE NAME --replicas=N",
  client: true,
  flags: (command) =>
    fileFlags(command).option("--replicas <n>", "how many").option("--current-replicas <n>", "only when there are this many now"),
  run: (words, options: ScaleOptions, { write }) => scale(words, options, write),
};

/** `wherry scale`: sets the number of replicas through the scale subresource. */
export async function scale(words: string[], options: ScaleOptions, write: (text: string) => void): Promise<void> {
  const replicas = Number(options.replicas);
  if (options.replicas === undefined || !Number.isInteger(replicas) || replicas < 0) {
    throw new UsageError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  }
  const connection = await connect(options);
  try {
    for (const { resource, name, namespace } of await parseTargets(connection, words, options)) {
      if (name === undefined) throw new UsageError("resource(s) were provided, but no name was specified");
      const kind = definitionOf(resource);
      if (options.currentReplicas !== undefined) {
        const found = (await connection.client.get(kind, { name, namespace })) as ApiObject & { spec?: { replicas?: number } };
        if (found.spec?.replicas !== Number(options.currentReplicas)) {
          throw new UsageError(`Expected replicas to be ${options.currentReplicas}, was ${found.spec?.replicas}`);
        }
      }
      await connection.client.patch(kind, { name, namespace }, { type: "merge", body: { spec: { replicas } } }, { subresource: "scale" });
      write(`${objectLabel(resource, name)} scaled\n`);
    }
  } finally {
    connection.close();
  }
}
