import { type DownOptions, down } from "../cluster/down.ts";
import { clusterFlags } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `wherry down`. */
export const verb: Verb = {
  description: "stop the cluster of this machine, keeping its data",
  flags: (command) => clusterFlags(command).option("--purge", "leave nothing behind: no process, container, network, rule, route or file"),
  run: (_, options: DownOptions, { program, write }) => down(options, program, (line) => write(`${line}\n`)),
};
