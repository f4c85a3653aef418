import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { has, run, SetupError, withSbin } from "./console.mjs";

/** What the distribution must bring: [a command or a file, the package that has it]. */
const SYSTEM_PACKAGES = [
  ["nft", "nftables"],
  ["ip", "iproute2"],
  ["busybox", "busybox-static"],
  ["debootstrap", "debootstrap"],
];
const LOG = "/var/log/dockerd.log";

/** The engine's socket: DOCKER_HOST when it names one, else Docker's usual place. */
export const dockerSocket = () =>
  process.env.DOCKER_HOST?.startsWith("unix://") ? process.env.DOCKER_HOST.slice(7) : "/var/run/docker.sock";

/** Resolves to whether a Docker Engine answers on `socket`. */
export function engineAnswers(socket = dockerSocket()) {
  return new Promise((resolve) => {
    const ping = request({ socketPath: socket, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on("error", () => resolve(false));
    ping.on("timeout", () => ping.destroy());
    ping.end();
  });
}

/** What tests and benchmarks call besides. In newer releases the engine comes without its command line. A library is known by its file. */
export const TEST_PACKAGES = [
  ["/usr/lib/python3/dist-packages/kubernetes/__init__.py", "python3-kubernetes"],
  ["openssl", "openssl"],
  ["docker", "docker-cli"],
];

/** Installs what is missing with apt; who may not is told the command. Gives the names of what it installed. */
export async function ensureSystemPackages(packages = SYSTEM_PACKAGES) {
  const missing = packages.filter(([sign]) => !(sign.startsWith("/") ? existsSync(sign) : has(sign))).map(([, name]) => name);
  if (!(await engineAnswers()) && !has("dockerd")) missing.unshift("docker.io");
  if (!missing.length) return [];
  const command = `apt-get install --yes --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid() !== 0)
    throw new SetupError(
      `${missing.join(", ")} missing, and only root can install it. Run:\n\n  sudo ${command}\n\nand then this command again.`,
    );
  if (!has("apt-get"))
    throw new SetupError(`${missing.join(", ")} missing, and there is no apt-get here: install it with your distribution's own tool.`);
  const env = { ...withSbin(), DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update"], { env });
  run("sh", ["-c", command], { env });
  return missing;
}

/**
 * Sees to it that a Docker Engine answers. Gives the pid of the dockerd that it had to start by itself, or undefined when one was there or the
 * system's own service manager runs it.
 */
export async function ensureEngine() {
  const socket = dockerSocket();
  if (await engineAnswers(socket)) return undefined;
  if (process.getuid() !== 0) {
    const group = existsSync(socket) ? `\nIf it runs already, you may not be allowed to use ${socket}: sudo usermod -aG docker $USER` : "";
    throw new SetupError(
      `no Docker Engine answers on ${socket}. Run:\n\n  sudo systemctl start docker\n\nand then this command again.${group}`,
    );
  }
  if (socket !== "/var/run/docker.sock")
    throw new SetupError(`no Docker Engine answers on ${socket}, which DOCKER_HOST names: start it, or unset DOCKER_HOST`);
  if (existsSync("/run/systemd/system")) {
    run("systemctl", ["start", "docker"]);
    return undefined;
  }
  return startDockerd(socket);
}

async function startDockerd(socket) {
  mkdirSync("/var/run", { recursive: true });
  const log = openSync(LOG, "a");
  const daemon = spawn("dockerd", ["--host", `unix://${socket}`], { detached: true, stdio: ["ignore", log, log], env: withSbin() });
  let ended = false;
  daemon.on("error", () => {
    ended = true;
  });
  daemon.on("exit", () => {
    ended = true;
  });
  for (let tries = 0; tries < 300; tries++) {
    if (await engineAnswers(socket)) {
      daemon.unref();
      return daemon.pid;
    }
    if (ended) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!ended) daemon.kill();
  throw new SetupError(
    `dockerd did not come up. The end of ${LOG}:\n${readFileSync(LOG, "utf8").trim().split("\n").slice(-10).join("\n")}`,
  );
}

/** Ends a dockerd that `ensureEngine` started, by its pid, and waits until it is gone. */
export async function stopEngine(pid) {
  try {
    process.kill(pid, "SIGTERM");
    for (let tries = 0; tries < 300; tries++) {
      process.kill(pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
