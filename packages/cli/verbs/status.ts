import { type StatusOptions, status } from "../cluster/status.ts";
import { clusterFlags } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `wherry status`. */
export const verb: Verb = {
  description: "say what runs, where it answers and what is wrong",
  flags: clusterFlags,
  run: async (_, options: StatusOptions, { write, exit }) => exit(await status(options, write)),
};
