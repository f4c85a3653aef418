import { run } from "@wherry/e2e/cluster.ts";

/** On every container that a benchmark makes by itself. */
export const LABEL = "io.wherry.benchmark";

/** What containers of the benchmarks run, for Wherry and for its peers: it waits, and nothing else. */
export const IMAGE = "wherry-test/busybox:1";
export const COMMAND = ["sleep", "3600"] as const;

/** Runs the docker CLI; gives what it printed, trimmed. Throws with its own words. */
export async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("docker", args);
  if (code !== 0) throw new Error(`docker ${args.join(" ")} failed: ${stderr.trim()}`);
  return stdout.trim();
}

/** Starts a container the plain way: on Docker's own bridge. Gives its id. */
export const dockerRun = (): Promise<string> => docker("run", "--detach", "--label", LABEL, "--stop-signal", "KILL", IMAGE, ...COMMAND);

/** Removes containers; those that are gone are no error. */
export async function removeContainers(ids: readonly string[]): Promise<void> {
  if (ids.length) await run("docker", ["rm", "--force", "--volumes", ...ids]);
}

/** Removes every container that a benchmark made by itself. */
export async function removeLabelled(): Promise<void> {
  await removeContainers((await docker("ps", "--all", "--quiet", "--filter", `label=${LABEL}`)).split("\n").filter(Boolean));
}
