import { CONNECTION_FLAGS } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `wherry options`. */
export const verb: Verb = {
  description: "list the flags that every verb takes",
  client: true,
  async run(_, __, { write }) {
    write("The following options can be passed to any command:\n\n");
    for (const [flags, description] of CONNECTION_FLAGS) write(`    ${flags}:\n\t${description}\n\n`);
  },
};
