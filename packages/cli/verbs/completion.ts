import { SCRIPTS, SHELLS } from "../completion/scripts.ts";
import { UsageError } from "../errors.ts";
import type { Verb } from "../verb.ts";

/** `wherry completion`. */
export const verb: Verb = {
  description: "print what makes a shell complete commands, with live names",
  words: SHELLS.join("|"),
  completes: "shells",
  client: true,
  async run([shell], _, { write }) {
    const known = SHELLS.find((name) => name === shell);
    if (!known)
      throw new UsageError(
        shell
          ? `Unsupported shell type ${JSON.stringify(shell)}: use ${SHELLS.join(", ")}`
          : `Shell not specified: use one of ${SHELLS.join(", ")}`,
      );
    write(SCRIPTS[known]);
  },
};
