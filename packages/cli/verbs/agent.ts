import type { Verb } from "../verb.ts";

/** `wherry agent`, which runs before the command line is read: its flags are its own. */
export const verb: Verb = { description: "run a worker node in the foreground; --help tells its flags" };
