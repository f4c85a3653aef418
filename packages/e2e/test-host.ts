import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Ran, run } from "./cluster.ts";
import { eventually } from "./eventually.ts";

const BRIDGE = "wt-hosts";
const FORWARDING = ["FORWARD", "-i", BRIDGE, "-o", BRIDGE, "-j", "ACCEPT"];
/** The segment that test hosts share. There is no way out of it. */
const SEGMENT = "10.199.77";

/** A host of its own on this machine: a network namespace on a bridge, with a Docker Engine in it. Needs root, iproute2, nsenter and dockerd. */
export class TestHost {
  readonly name: string;
  readonly address: string;
  readonly socket: string;
  readonly folder: string;
  readonly #link: string;
  #engine: ChildProcess | undefined;

  /** Makes the host, removing what an earlier run of the same name left behind. */
  static async create(name: string, number: number, folder: string): Promise<TestHost> {
    const host = new TestHost(name, number, folder);
    await host.remove();
    await host.#connect();
    await host.startEngine();
    return host;
  }

  private constructor(name: string, number: number, folder: string) {
    this.name = name;
    this.#link = `wt-${number}`;
    this.address = `${SEGMENT}.${number}`;
    this.folder = join(folder, name);
    this.socket = join(this.folder, "docker.sock");
  }

  /** Runs a command with this host's network. */
  run(command: string, ...args: string[]): Promise<Ran> {
    return run("nsenter", [`--net=/run/netns/${this.name}`, command, ...args]);
  }

  /** Starts a long-running command with this host's network; the caller ends it. */
  start(log: string, command: string, ...args: string[]): ChildProcess {
    mkdirSync(this.folder, { recursive: true });
    const output = openSync(join(this.folder, log), "a");
    return spawn("nsenter", [`--net=/run/netns/${this.name}`, command, ...args], { stdio: ["ignore", output, output] });
  }

  async #connect(): Promise<void> {
    await must("ip", "netns", "add", this.name);
    await run("ip", ["link", "add", BRIDGE, "type", "bridge"]);
    await must("ip", "link", "set", BRIDGE, "up");
    await must("ip", "link", "add", this.#link, "type", "veth", "peer", "name", "eth0", "netns", this.name);
    await must("ip", "link", "set", this.#link, "master", BRIDGE, "up");
    await must("ip", "-n", this.name, "link", "set", "lo", "up");
    await must("ip", "-n", this.name, "addr", "add", `${this.address}/24`, "dev", "eth0");
    await must("ip", "-n", this.name, "link", "set", "eth0", "up");
    // The bridge carries frames only: this machine's own packet filter has no say between hosts.
    if ((await run("iptables", ["-C", ...FORWARDING])).code !== 0) await must("iptables", "-I", ...FORWARDING);
  }

  async startEngine(): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    const flags = ["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "--bip", "172.29.77.1/24"];
    this.#engine = this.start("dockerd.log", "dockerd", "--host", `unix://${this.socket}`, ...flags);
    await eventually(async () => (await run("docker", ["--host", `unix://${this.socket}`, "version"])).code === 0);
  }

  /** Ends the engine and takes the host away. No error when there is none. */
  async remove(): Promise<void> {
    await this.stopEngine();
    await run("ip", ["netns", "del", this.name]);
    await this.#unmount();
    rmSync(this.folder, { recursive: true, force: true });
    await run("ip", ["link", "del", this.#link]);
    const { stdout } = await run("ip", ["-o", "link", "show", "master", BRIDGE]);
    if (stdout.trim()) return;
    await run("ip", ["link", "del", BRIDGE]);
    await run("iptables", ["-D", ...FORWARDING]);
  }

  /** What an engine leaves mounted that is ended in the middle of something. */
  async #unmount(): Promise<void> {
    const points = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
    const ours = points.filter((point) => point.startsWith(`${this.folder}/`));
    for (const point of ours.reverse()) await must("umount", point);
  }

  /** Ends the engine, and with it all containers. No error when it does not run. */
  async stopEngine(): Promise<void> {
    const file = join(this.folder, "pid");
    const pid = this.#engine?.pid ?? (existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined);
    if (!pid) return;
    const running = () => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(this.folder);
    if (running()) process.kill(pid, "SIGTERM");
    await eventually(() => !running());
    this.#engine = undefined;
  }
}

async function must(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}
