import type { Verb } from "../verb.ts";

/** `wherry server`, which runs before the command line is read: its flags are its own. */
export const verb: Verb = { description: "run a control plane in the foreground; --help tells its flags" };
