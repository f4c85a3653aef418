import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { NetworkError } from "@wherry/network";

/** What a command left behind. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Longest output that is read: a big rule set as JSON. */
const MAX_OUTPUT = 256 * 1024 * 1024;

const PACKAGES: Readonly<Record<string, string>> = { ip: "iproute2", nft: "nftables", nsenter: "util-linux" };

/** The kernel of one network namespace, worked through the usual tools. */
export class Host {
  /** A name that `ip` knows the namespace by: its process, or its name under /run/netns. */
  readonly namespace: string;
  readonly #prefix: readonly string[];

  /** @param netns a name under /run/netns; undefined = the namespace of this process */
  constructor(netns?: string) {
    this.namespace = netns ?? String(process.pid);
    this.#prefix = netns === undefined ? [] : ["nsenter", `--net=/run/netns/${netns}`];
  }

  /** Runs to the end; never rejects because of an exit code. */
  try(command: string, args: readonly string[], input?: string): Promise<Outcome> {
    const [program = command, ...rest] = [...this.#prefix, command, ...args];
    return new Promise((resolve, reject) => {
      const options = { maxBuffer: MAX_OUTPUT, env: { ...process.env, LC_ALL: "C" } };
      const child = execFile(program, rest, options, (error, stdout, stderr) => {
        if (error && typeof error.code !== "number") reject(notRunnable(program, error));
        else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
      // It may end without having read everything; its exit code tells.
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
  }

  /** Rejects with NetworkError unless it exits with 0; gives what it printed. */
  async run(command: string, args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.try(command, args, input);
    if (code === 0) return stdout;
    throw new NetworkError(`${command} ${args.join(" ")} failed: ${stderr.trim() || `exit code ${code}`}${needsRoot(stderr)}`);
  }

  /** What `ip -j` prints, parsed. */
  async ipJson<T>(args: readonly string[]): Promise<T[]> {
    const text = await this.run("ip", ["-j", ...args]);
    return text.trim() ? (JSON.parse(text) as T[]) : [];
  }

  /** Runs `ip` commands one after the other, in one process; the first that fails ends it. */
  async ip(commands: readonly string[]): Promise<void> {
    if (commands.length > 0) await this.run("ip", ["-batch", "-"], `${commands.join("\n")}\n`);
  }

  /** A kernel setting, such as `net/ipv4/ip_forward`; undefined when there is no such thing. */
  async setting(path: string): Promise<string | undefined> {
    if (this.#prefix.length === 0) return (await readFile(`/proc/sys/${path}`, "utf8").catch(() => undefined))?.trim();
    const { code, stdout } = await this.try("cat", [`/proc/sys/${path}`]);
    return code === 0 ? stdout.trim() : undefined;
  }

  /** Changes a kernel setting unless it is so already. */
  async set(path: string, value: string): Promise<void> {
    if ((await this.setting(path)) === value) return;
    try {
      if (this.#prefix.length === 0) await writeFile(`/proc/sys/${path}`, value);
      else await this.run("sh", ["-c", `echo ${value} > /proc/sys/${path}`]);
    } catch (error) {
      throw new NetworkError(`cannot set ${path.replaceAll("/", ".")} to ${value}: ${(error as Error).message}`);
    }
  }
}

/** Whether a program can be started at all. */
export function exists(program: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, ["--version"], { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("exit", () => resolve(true));
  });
}

function notRunnable(program: string, error: Error): NetworkError {
  const name = PACKAGES[program];
  return new NetworkError(`cannot run ${program}: ${error.message}${name ? `. Install it: apt-get install ${name}` : ""}`);
}

function needsRoot(stderr: string): string {
  return /not permitted|permission denied/i.test(stderr) && process.getuid?.() !== 0 ? ". Run as root" : "";
}
