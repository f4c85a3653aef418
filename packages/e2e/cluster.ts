import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, httpsTransport, loadKubeconfig } from "@wherry/client";

/** The repository's root. */
export const ROOT = join(import.meta.dirname, "..", "..");
const WHERRY: readonly string[] = [join(ROOT, "wherry")];

/** What a command did. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end without blocking this process: servers that a test runs go on answering. */
export function run(command: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; input?: string } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin?.end(options.input);
  });
}

/** The socket of the engine that tests use. */
export const dockerSocket = (): string => (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");

/** Why clusters cannot be made here, or undefined when they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root: pods need network devices";
  return existsSync(dockerSocket()) ? undefined : `needs a Docker Engine on ${dockerSocket()}`;
}

/** A cluster of its own on this machine, in a temporary folder. */
export class TestCluster {
  readonly name: string;
  readonly folder: string;
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly #program: readonly string[];
  #client: Client | undefined;

  /** Removes what an earlier run of the same name may have left behind. `program` is the command line that runs wherry: the launcher unless given. */
  static async create(name: string, program = WHERRY): Promise<TestCluster> {
    await TestCluster.removeLeftover(name, program);
    const cluster = new TestCluster(name, program);
    writeFileSync(leftoverMarker(name), cluster.folder);
    return cluster;
  }

  /** Purges the cluster of this name that a run left behind when it was killed, if there is one. */
  static async removeLeftover(name: string, program = WHERRY): Promise<void> {
    const marker = leftoverMarker(name);
    if (!existsSync(marker)) return;
    const folder = readFileSync(marker, "utf8");
    await runProgram(program, ["down", "--purge", "--name", name, "--data-dir", join(folder, "data")]);
    rmSync(folder, { recursive: true, force: true });
    rmSync(marker, { force: true });
  }

  private constructor(name: string, program: readonly string[]) {
    this.name = name;
    this.#program = program;
    this.folder = mkdtempSync(join(tmpdir(), `wherry-${name}-`));
    this.dataDir = join(this.folder, "data");
    this.kubeconfig = join(this.folder, "kubeconfig");
  }

  /** A folder of this name that goes with the cluster. */
  newFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** The environment in which kubectl and wherry find this cluster. */
  get env(): NodeJS.ProcessEnv {
    return { ...process.env, KUBECONFIG: this.kubeconfig, XDG_CACHE_HOME: join(this.folder, "cache"), HOME: this.folder };
  }

  /** Runs `wherry up` with this cluster's name and folder. */
  tryUp(...flags: string[]): Promise<Ran> {
    const own = ["--name", this.name, "--data-dir", this.dataDir, "--kubeconfig", this.kubeconfig, "--docker", dockerSocket()];
    return runProgram(this.#program, ["up", ...own, ...flags], { env: this.env });
  }

  async up(...flags: string[]): Promise<string> {
    return succeeded(await this.tryUp(...flags), "wherry up").stdout;
  }

  async down(...flags: string[]): Promise<string> {
    this.#client?.close();
    this.#client = undefined;
    return succeeded(
      await runProgram(this.#program, ["down", "--name", this.name, "--data-dir", this.dataDir, ...flags], { env: this.env }),
      "wherry down",
    ).stdout;
  }

  /** Purges the cluster and removes its folder. */
  async remove(): Promise<void> {
    await this.down("--purge");
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(leftoverMarker(this.name), { force: true });
  }

  /** A kubectl-like verb of wherry's; fails the test when it fails. */
  async wherry(...args: string[]): Promise<string> {
    return succeeded(await this.tryWherry(...args), `wherry ${args.join(" ")}`).stdout;
  }

  tryWherry(...args: string[]): Promise<Ran> {
    return runProgram(this.#program, args, { env: this.env });
  }

  async kubectl(...args: string[]): Promise<string> {
    return succeeded(await run(kubectlPath(), args, { env: this.env }), `kubectl ${args.join(" ")}`).stdout;
  }

  /** Applies a manifest given as text. */
  async apply(manifest: string): Promise<string> {
    return succeeded(await runProgram(this.#program, ["apply", "-f", "-"], { env: this.env, input: manifest }), "wherry apply").stdout;
  }

  /** A client as the cluster's admin. */
  async client(): Promise<Client> {
    if (!this.#client) {
      const { transport } = await loadKubeconfig({ path: this.kubeconfig });
      this.#client = createClient(httpsTransport(transport));
    }
    return this.#client;
  }

  /** The names of all containers that the engine has of this cluster. */
  async containers(): Promise<string[]> {
    const { stdout } = await run("docker", ["ps", "--all", "--filter", `label=io.wherry.cluster=${this.name}`, "--format", "{{.Names}}"]);
    return stdout.split("\n").filter(Boolean);
  }

  /** The pid of one of the cluster's processes. */
  pid(role: "server" | "agent"): number {
    return JSON.parse(readFileSync(join(this.dataDir, "run", `${role}.json`), "utf8")).pid;
  }
}

const runProgram = ([command = "", ...words]: readonly string[], args: readonly string[], options: Parameters<typeof run>[2] = {}) =>
  run(command, [...words, ...args], options);

/** Names the folder of the cluster that the last run made. */
const leftoverMarker = (name: string) => join(tmpdir(), `wherry-${name}-last`);

function succeeded(ran: Ran, what: string): Ran {
  if (ran.code !== 0) throw new Error(`${what} failed with exit code ${ran.code}:\n${ran.stderr}${ran.stdout}`);
  return ran;
}

let kubectl: string | undefined;

/** kubectl from the PATH, else Debian's, which is installed when missing. */
export function kubectlPath(): string {
  const find = () => spawnSync("sh", ["-c", "command -v kubectl"], { encoding: "utf8" }).stdout.trim();
  kubectl ??= find();
  if (!kubectl) {
    const installed = spawnSync("apt-get", ["install", "--yes", "--no-install-recommends", "kubernetes-client"], { encoding: "utf8" });
    if (installed.status !== 0) throw new Error(`no kubectl on the PATH, and kubernetes-client cannot be installed: ${installed.stderr}`);
    kubectl = find();
  }
  return kubectl;
}
