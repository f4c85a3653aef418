import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@wherry/base";
import type { ContractProgram, RuntimeUnderTest } from "@wherry/runtime/contract.ts";
import { createDockerRuntime, type DockerRuntime } from "./docker-runtime.ts";
import { parseEngineAddress } from "./engine/address.ts";
import { EngineClient } from "./engine/client.ts";
import { importImage } from "./engine/import.ts";
import { tarOf } from "./tar.ts";

/** The engine that the tests use. */
export const socket = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
export const engine = new EngineClient(parseEngineAddress(socket));

/** An image of the tests' own: a static busybox, and nothing else. */
export const IMAGE = "wherry-runtime-test:1";
const BUSYBOX = ["/usr/bin/busybox", "/bin/busybox"].find(existsSync);

/** Why tests on a real engine cannot run here; undefined when they can. */
export const obstacle: string | undefined = await findObstacle();
if (obstacle) console.log(`tests on a real Docker Engine do not run: ${obstacle}`);

async function findObstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "they need root";
  if (!BUSYBOX) return "they need a static busybox: apt-get install busybox-static";
  try {
    await engine.call((docker) => docker.info());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function ensureImage(): Promise<void> {
  const present = await engine.call((docker) => docker.getImage(IMAGE).inspect()).catch(() => undefined);
  if (present) return;
  const [repo = "", tag = ""] = IMAGE.split(":");
  await importImage(engine, tarOf("busybox", readFileSync(BUSYBOX!)), { repo, tag, changes: 'CMD ["/busybox", "sleep", "1000"]' });
}

/** What busybox has to do for each of the contract's programs. */
export function busybox(program: ContractProgram): readonly string[] {
  const shell = (script: string) => ["/busybox", "sh", "-c", script];
  const stoppable = 'trap "exit 143" TERM; while :; do /busybox sleep 1000 & wait; done';
  const print = (lines: readonly string[]) => `/busybox printf '%s\\n' ${lines.join(" ")}`;
  switch (program.does) {
    case "run":
      return shell(stoppable);
    case "exit":
      return shell(`exit ${program.code}`);
    case "print":
      return shell(print(program.lines));
    case "printAndRun":
      return shell(`${print(program.lines)}; ${stoppable}`);
    case "refuseToStop":
      return shell('trap "" TERM; while :; do /busybox sleep 1000; done');
    case "notExist":
      return ["wherry-no-such-command"];
    case "copy":
      return ["/busybox", "cat"];
  }
}

/** A runtime on the real engine, under a cluster name of its own. */
export async function openRuntime(): Promise<RuntimeUnderTest & { runtime: DockerRuntime; cluster: string; folder: string }> {
  await ensureImage();
  const cluster = `test-${randomBytes(4).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "wherry-runtime-"));
  const make = (name: string) => createDockerRuntime({ cluster: name, socket, stateDir: join(folder, name), log: silentLogger });
  const runtime = make(cluster);
  return {
    runtime,
    cluster,
    folder,
    restarted: () => make(cluster),
    neighbour: () => make(`${cluster}-b`),
    image: IMAGE,
    command: busybox,
    close: async () => {
      await runtime.purge();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
