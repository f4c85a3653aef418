import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { type Logger, silentLogger } from "@wherry/base";
import type { NodeNetworkConfig } from "@wherry/network";
import { createLinuxNetwork, type LinuxNetwork } from "./linux-network.ts";

const execute = promisify(execFile);

/** Namespaces of these tests; the number is that of the process that made them. */
const PREFIX = "wherry-test-";
const BUSYBOX = ["/usr/bin/busybox", "/bin/busybox"].find(existsSync);

/** Why these tests cannot run here; undefined when they can. */
export const obstacle: string | undefined = await findObstacle();
if (obstacle) console.log(`tests of the Linux network do not run: ${obstacle}`);

async function findObstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "they need root";
  if (!BUSYBOX) return "they need a static busybox: apt-get install busybox-static";
  const missing = (
    await Promise.all(
      ["ip", "nft", "nsenter", "unshare"].map(async (tool) =>
        (await execute(tool, ["--version"]).then(
          () => true,
          (e) => e.code !== "ENOENT",
        ))
          ? ""
          : tool,
      ),
    )
  ).join("");
  return missing ? `they need ${missing}: apt-get install nftables iproute2 util-linux` : undefined;
}

export const config: NodeNetworkConfig = {
  cluster: "test",
  podCIDR: "10.98.0.0/24",
  clusterCIDR: "10.98.0.0/16",
  serviceCIDR: "10.97.0.0/16",
  dnsIP: "10.97.0.10",
  nodeIP: "192.0.2.1",
};

const TCP_SERVER = `
  const [line, port, host] = process.argv.slice(1);
  require("node:net").createServer((s) => s.on("error", () => {}).end(line + " " + s.remoteAddress + "\\n")).listen({ port, host }, () => console.log("ready"));
`;
const ONE_CONNECTION = `
  const [greeting] = process.argv.slice(1);
  const server = require("node:net").createServer({ allowHalfOpen: true }, (s) => {
    server.close();
    s.end(greeting);
    s.pipe(process.stdout);
  }).listen(0, "127.0.0.1", () => console.log(server.address().port));
`;
const UDP_SERVER = `
  const [line, port, address] = process.argv.slice(1);
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (_, from) => socket.send(line + " " + from.address, from.port, from.address));
  socket.bind({ port: Number(port), address }, () => console.log("ready"));
`;
const UDP_CLIENT = `
  const [address, port, ms] = process.argv.slice(1);
  const socket = require("node:dgram").createSocket("udp4");
  const end = () => socket.close();
  const timer = setTimeout(end, Number(ms));
  socket.on("message", (text) => { console.log(String(text)); clearTimeout(timer); end(); });
  socket.connect(Number(port), address, () => socket.send("hi"));
`;

/** A pod without a container: a process in a network namespace of its own. */
export interface TestPod {
  id: string;
  pid: number;
}

/**
 * A machine of its own, as far as the network goes: a namespace with an uplink to `outside`, another namespace, which is also its default route. The
 * node is 192.0.2.1, outside is 192.0.2.254.
 */
export class TestHost {
  readonly name = `${PREFIX}${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly outside = `${this.name}-out`;
  readonly #children: ChildProcess[] = [];

  static async open(): Promise<TestHost> {
    await removeLeftovers();
    const host = new TestHost();
    for (const name of [host.name, host.outside]) {
      await execute("ip", ["netns", "add", name]);
      await host.run(
        name,
        "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up",
      );
    }
    await host.run(host.name, `ip link add uplink type veth peer name uplink netns ${host.outside}`);
    await host.run(host.name, "ip addr add 192.0.2.1/24 dev uplink && ip link set uplink up && ip route add default via 192.0.2.254");
    await host.run(host.outside, "ip addr add 192.0.2.254/24 dev uplink && ip link set uplink up");
    return host;
  }

  /** A driver in this host's namespace. */
  driver(cluster = config.cluster, log: Logger = silentLogger): LinuxNetwork {
    return createLinuxNetwork({ cluster, log, netns: this.name });
  }

  async startPod(): Promise<TestPod> {
    const child = await this.#start("unshare", ["--net", "sh", "-c", "echo ready; exec sleep 100000"]);
    return { id: randomBytes(32).toString("hex"), pid: child.pid! };
  }

  /** Answers every connection to the port with a line, and the client's address. `where` is a pod or a namespace's name. */
  async serve(where: TestPod | string, port: number, line: string, options: { udp?: boolean; address?: string } = {}): Promise<void> {
    const { udp = false, address = "0.0.0.0" } = options;
    await this.#start("nsenter", [netOf(where), process.execPath, "-e", udp ? UDP_SERVER : TCP_SERVER, line, String(port), address]);
  }

  /** Listens at 127.0.0.1 for one connection only: greets it, ends that direction, and gives all that it receives. */
  async listen(pid: number, greeting: string): Promise<{ port: number; received: Promise<string> }> {
    const child = spawn("nsenter", [`--net=/proc/${pid}/ns/net`, process.execPath, "-e", ONE_CONNECTION, greeting], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return { port: Number(port), received: text(child.stdout) };
  }

  /** What the server says; undefined when there is no connection. */
  async ask(
    where: TestPod | string,
    address: string,
    port: number,
    options: { udp?: boolean; seconds?: number } = {},
  ): Promise<string | undefined> {
    const { udp = false, seconds = 3 } = options;
    const client = [process.execPath, "-e", UDP_CLIENT, address, String(port), String(seconds * 1000)];
    const script = `${BUSYBOX} nc -w ${seconds} ${address} ${port} </dev/null || true`;
    const { stdout } = await execute("nsenter", [netOf(where), ...(udp ? client : ["sh", "-c", script])]);
    return stdout.trim() || undefined;
  }

  /** Why a connection cannot be made, in the words of the tool. */
  async complaint(where: TestPod | string, address: string, port: number): Promise<string> {
    const { stderr } = await execute("nsenter", [netOf(where), "sh", "-c", `${BUSYBOX} nc -w 10 ${address} ${port} </dev/null || true`]);
    return stderr.trim();
  }

  /** A process that says a word when it is ready. */
  async #start(command: string, args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#children.push(child);
    await once(child.stdout!, "data");
    return child;
  }

  async run(where: TestPod | string, script: string): Promise<string> {
    return (await execute("nsenter", [netOf(where), "sh", "-c", script])).stdout;
  }

  /** Everything in the kernel that a network could leave behind. */
  async state(): Promise<string> {
    const script =
      "ip -j addr; ip -j route show table all; ip -j rule; nft -s list ruleset; iptables-save 2>/dev/null | grep -v '^#' | sed 's/\\[.*\\]//'";
    return (await this.run(this.name, script)).replace(/"valid_life_time":\d+|"preferred_life_time":\d+/g, "");
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const name of [this.name, this.outside]) await execute("ip", ["netns", "del", name]).catch(() => {});
  }
}

function netOf(where: TestPod | string): string {
  return typeof where === "string" ? `--net=/run/netns/${where}` : `--net=/proc/${where.pid}/ns/net`;
}

/** Namespaces of an earlier run that ended badly. */
async function removeLeftovers(): Promise<void> {
  const names = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  for (const name of names.filter((n) => n.startsWith(PREFIX)))
    if (!existsSync(`/proc/${name.slice(PREFIX.length).split("-")[0]}`)) await execute("ip", ["netns", "del", name]).catch(() => {});
}
