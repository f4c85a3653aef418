import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@wherry/e2e/cluster.ts";
import { eventually } from "@wherry/e2e/eventually.ts";
import { COMMAND, docker, IMAGE } from "./docker.ts";
import { engineCall } from "./engine.ts";

/** There while the engine is a swarm for a benchmark; holds the networks that it had before. */
const MARKER = join(tmpdir(), "wherry-bench-swarm");
const SERVICE = "wherry-bench";
/** How often a service's tasks are looked at: Swarm tells of them in no event. */
const POLL_MS = 10;

interface Task {
  Status: { State: string; ContainerStatus?: { ContainerID?: string } };
}

// A service of Docker Swarm, on the engine that Wherry runs its pods on.

/** Makes the engine a swarm of one, unless it is one already. */
export async function prepare(): Promise<void> {
  if ((await docker("info", "--format", "{{.Swarm.LocalNodeState}}")) === "active") return;
  writeFileSync(MARKER, await networks());
  await docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377");
}

/** Ends what `prepare` and `create` began, also in an earlier process. Idempotent. */
export async function clear(): Promise<void> {
  await run("docker", ["service", "rm", SERVICE]);
  if (!existsSync(MARKER)) return;
  await run("docker", ["swarm", "leave", "--force"]);
  const before = readFileSync(MARKER, "utf8").split("\n");
  // What is left of the swarm's networks; the ingress goes by itself.
  if (!before.includes("docker_gwbridge")) await run("docker", ["network", "rm", "docker_gwbridge"]);
  rmSync(MARKER, { force: true });
}

/** Asks for the service and returns at once. A task that ends is replaced without delay, and ends without grace. */
export async function create(replicas: number): Promise<void> {
  const tuned = ["--restart-condition", "any", "--restart-delay", "0s", "--stop-grace-period", "0s", "--stop-signal", "KILL"];
  const flags = ["--name", SERVICE, "--replicas", String(replicas), "--detach", "--no-resolve-image", ...tuned];
  await docker("service", "create", ...flags, IMAGE, ...COMMAND);
}

/** The containers of the tasks that run. */
export async function running(): Promise<string[]> {
  const filters = JSON.stringify({ service: [SERVICE], "desired-state": ["running"] });
  const tasks = await engineCall<Task[]>("GET", `/tasks?filters=${encodeURIComponent(filters)}`);
  return tasks.flatMap(({ Status }) => (Status.State === "running" ? [Status.ContainerStatus?.ContainerID ?? ""] : []));
}

/** Waits until so many tasks run that are not of `without`; gives their containers. */
export async function whenRunning(count: number, without: ReadonlySet<string> = new Set()): Promise<string[]> {
  return eventually(
    async () => {
      const found = (await running()).filter((id) => !without.has(id));
      return found.length >= count && found;
    },
    120,
    POLL_MS,
  );
}

/** Removes the service and waits until its containers are gone. */
export async function remove(): Promise<void> {
  await docker("service", "rm", SERVICE);
  const left = () => docker("ps", "--all", "--quiet", "--filter", `label=com.docker.swarm.service.name=${SERVICE}`);
  await eventually(async () => (await left()) === "", 120);
}

const networks = () => docker("network", "ls", "--format", "{{.Name}}");
