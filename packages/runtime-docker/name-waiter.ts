import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NameWaiter } from "./container-config.ts";
import { binaries } from "./elf/binaries.ts";
import type { Architecture } from "./pause-image.ts";

/** Longest message that is read back: a container can write to its report until its command begins. */
const MAX_REPORT = 4096;

/**
 * Sets the host name of containers that join a warm sandbox. Docker has no way to do it, so their first process is a small program of ours which waits for
 * the name and then becomes the real command (elf/init.c). If it cannot, it says so in a file of its own on the host: a `report`.
 */
export class NameWaiters {
  readonly #folder: string;
  readonly #program: Buffer;
  #installed: Promise<string> | undefined;

  /** @param folder on the engine's host, absolute; made when it is needed */
  constructor(folder: string, architecture: Architecture) {
    this.#folder = folder;
    this.#program = Buffer.from(binaries[architecture].init, "base64");
  }

  /** Makes the files for a container that is about to be created under this Docker name. */
  async prepare(name: string): Promise<NameWaiter> {
    const program = await this.#installedProgram();
    const report = this.#report(name);
    await writeFile(report, "");
    // The container's user writes it, whoever that is; the folder is closed to the users of the host.
    await chmod(report, 0o666);
    return { program, report };
  }

  /** Gives the running container its name, and waits until its command has begun. The reason when it could not; undefined when all is well. */
  async release(name: string, pid: number, hostname: string): Promise<string | undefined> {
    const code = pid > 0 ? await run(await this.#installedProgram(), ["--name", String(pid), hostname]) : 3;
    if (code === 2)
      throw new Error(`cannot set the host name ${hostname} of process ${pid}: the agent needs the rights of root on the engine's host`);
    if (code === 4) throw new Error(`the command of container ${name} did not begin within 10 seconds`);
    const said = await this.said(name);
    if (!said) await this.forget(name);
    return said || undefined;
  }

  /** Containers whose command may not have begun yet: an agent that died in the middle of a start left them. */
  async waiting(): Promise<ReadonlySet<string>> {
    return new Set(await readdir(join(this.#folder, "start")).catch(() => []));
  }

  /** What the program said before it gave up; empty when it did not. */
  async said(name: string): Promise<string> {
    const text = await readFile(this.#report(name), "utf8").catch(() => "");
    return text.slice(0, MAX_REPORT);
  }

  /** Removes what was prepared; no error when there is nothing. */
  async forget(name: string): Promise<void> {
    await rm(this.#report(name), { force: true });
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    this.#installed = undefined;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #report(name: string): string {
    return join(this.#folder, "start", name);
  }

  #installedProgram(): Promise<string> {
    this.#installed ??= this.#install().catch((error) => {
      this.#installed = undefined;
      throw error;
    });
    return this.#installed;
  }

  async #install(): Promise<string> {
    await mkdir(join(this.#folder, "start"), { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `init-${createHash("sha256").update(this.#program).digest("hex").slice(0, 12)}`);
    if (!(await stat(path).catch(() => undefined))) {
      // Written beside and moved: nobody ever runs half a program.
      await writeFile(`${path}.${process.pid}`, this.#program, { mode: 0o555 });
      await rename(`${path}.${process.pid}`, path);
    }
    await this.#check(path);
    return path;
  }

  /** Without arguments it does nothing. On a file system for data only, it would fail in each container. */
  async #check(path: string): Promise<void> {
    await run(path, []).catch((error: Error) => {
      throw new Error(
        `no program can be run in ${this.#folder}: ${error.message}. Choose a data directory on a file system without noexec`,
      );
    });
  }
}

function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "ignore" });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 2));
  });
}
