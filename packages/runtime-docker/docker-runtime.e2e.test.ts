import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { silentLogger } from "@wherry/base";
import { ContainerConfigError, type ContainerSpec, RuntimeUnavailableError } from "@wherry/runtime";
import type { ContainerInspectInfo } from "dockerode";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDockerRuntime, type DockerRuntime } from "./docker-runtime.ts";
import { engine, IMAGE, obstacle, openRuntime, socket } from "./test-engine.ts";

const pod = { namespace: "default", name: "web-0", uid: "5b8a1f8e-0002-4000-8000-000000000002" };
const never = new AbortController().signal;
const sh = (script: string) => ["/busybox", "sh", "-c", script];

describe.runIf(!obstacle)("DockerRuntime", { timeout: 60_000 }, () => {
  let test: Awaited<ReturnType<typeof openRuntime>>;
  let runtime: DockerRuntime;
  let image: string;

  beforeEach(async () => {
    test = await openRuntime();
    runtime = test.runtime;
    image = (await runtime.imageStatus(IMAGE))!.id;
  });
  afterEach(() => test.close());

  async function specOf(script: string | undefined, more: Partial<ContainerSpec> = {}): Promise<ContainerSpec> {
    const sandbox = more.sandbox ?? (await runtime.createSandbox(pod, { hostname: "web-0" })).id;
    const command = script === undefined ? {} : { command: sh(script) };
    const fixed = { pod, name: "app", attempt: 0, image, env: [], mounts: [], resources: {}, security: {}, hostname: "web-0" };
    return { ...fixed, sandbox, ...command, ...more };
  }

  async function start(script: string | undefined, more: Partial<ContainerSpec> = {}): Promise<string> {
    const id = await runtime.createContainer(await specOf(script, more));
    await runtime.startContainer(id);
    return id;
  }

  /** Runs to the end; what it wrote. */
  async function output(script: string | undefined, more: Partial<ContainerSpec> = {}): Promise<string> {
    return logOf(await start(script, more));
  }

  async function logOf(id: string): Promise<string> {
    const parts: Buffer[] = [];
    for await (const part of runtime.logs(id, { follow: true }, never)) parts.push(part);
    return Buffer.concat(parts).toString().trim();
  }

  async function inspect(id: string): Promise<ContainerInspectInfo> {
    return engine.call((docker) => docker.getContainer(id).inspect());
  }

  it.each([
    [
      "a warm sandbox",
      async () => {
        const { id } = await runtime.createSandbox();
        await runtime.assignSandbox(id, pod);
        return id;
      },
    ],
    ["its own sandbox", async () => (await runtime.createSandbox(pod, { hostname: "web-0" })).id],
  ])("lets the process see the pod's name from the first instruction on, in %s", async (_where, make) => {
    const script = 'echo "$(/busybox hostname) $HOSTNAME $$"; /busybox ls -d /wherry* 2>/dev/null; /busybox sleep 1000';
    const id = await start(script, { sandbox: await make() });
    const [first] = await (async () => {
      for await (const part of runtime.logs(id, { follow: true }, never)) return [part.toString()];
      return [];
    })();
    expect(first).toBe("web-0 web-0 1\n");
    expect((await runtime.execSync(id, ["/busybox", "hostname"], 10_000)).output).toBe("web-0\n");
    expect(await readdir(join(test.folder, test.cluster, "names", "start")).catch(() => [])).toEqual([]);
  });

  it("runs the name program as the user of the container, however little that may", async () => {
    const { id: sandbox } = await runtime.createSandbox();
    const security = { user: "1234:1234", readOnlyRootFilesystem: true, noNewPrivileges: true, dropCapabilities: ["ALL"] };
    expect(await output("/busybox hostname; /busybox id -u; /busybox touch /x 2>&1 || echo no", { sandbox, security })).toMatch(
      /^web-0\n1234\n.*no$/s,
    );
  });

  it("finishes a start that an agent died in", async () => {
    const { id: sandbox } = await runtime.createSandbox();
    const id = await runtime.createContainer(await specOf("/busybox hostname", { sandbox }));
    await engine.call((docker) => docker.getContainer(id).start());
    await test.restarted().list();
    expect(await logOf(id)).toBe("web-0");
  });

  it("takes entrypoint, command and arguments as Kubernetes does", async () => {
    expect(await output(undefined, { command: ["/busybox", "echo"], args: ["a b", "$c"] })).toBe("a b $c");
    const id = await start(undefined, { attempt: 1 });
    expect((await inspect(id)).Args).toEqual(["sleep", "1000"]);
    const other = await start(undefined, { attempt: 2, args: ["/busybox", "true"] });
    expect((await inspect(other)).Path).toBe("/busybox");
  });

  it("passes environment, directory, user and groups", async () => {
    const spec = {
      env: [
        ["A", "x=y"],
        ["B", ""],
      ] as const,
      workingDir: "/work/dir",
      security: { user: "7:8", groups: ["9"] },
    };
    expect(await output('echo "$A|$B|$PWD|$(/busybox id -u):$(/busybox id -g):$(/busybox id -G)"', spec)).toBe("x=y||/work/dir|7:8:8 9");
  });

  it("mounts what it is told, read-only if so, and refuses a source that is not there", async () => {
    const source = join(test.folder, "file");
    await writeFile(source, "content");
    const mounts = [{ source, target: "/etc/hosts", readOnly: true }];
    expect(await output("/busybox cat /etc/hosts; (echo x > /etc/hosts) 2>&1 || echo no", { mounts })).toMatch(/^content.*no$/s);
    const missing = await specOf("true", { attempt: 1, mounts: [{ source: "/nonexistent/x", target: "/x", readOnly: true }] });
    await expect(runtime.createContainer(missing)).rejects.toBeInstanceOf(ContainerConfigError);
  });

  it("limits capabilities, and hides or shows /proc", async () => {
    const capabilities = "/busybox grep CapEff /proc/1/status";
    expect(await output(capabilities, { security: { dropCapabilities: ["ALL"], addCapabilities: ["CHOWN"] } })).toMatch(/0{15}1$/);
    const masked = "/busybox wc -c < /proc/keys";
    expect(await output(masked, { attempt: 1 })).toBe("0");
    expect(await output(masked, { attempt: 2, security: { maskedPaths: [] } })).not.toBe("0");
  });

  it("sets limits, and tells when memory ran out", async () => {
    const id = await start("x=$(/busybox dd if=/dev/zero bs=1M count=100 2>/dev/null | /busybox tr '\\0' x); echo unexpected", {
      resources: { memoryBytes: 16 << 20, cpuQuota: 50_000, cpuPeriod: 100_000, cpuShares: 512, oomScoreAdj: 500 },
    });
    const { HostConfig: config } = await inspect(id);
    expect(config).toMatchObject({
      Memory: 16 << 20,
      MemorySwap: 16 << 20,
      CpuQuota: 50_000,
      CpuPeriod: 100_000,
      CpuShares: 512,
      OomScoreAdj: 500,
    });
    await logOf(id);
    await engine.call((docker) => docker.getContainer(id).wait(), { blocking: true });
    expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", oomKilled: true, exitCode: 137 });
  });

  it("joins the sandbox's network and IPC, and its processes when asked", async () => {
    const sandbox = await runtime.createSandbox(pod, { hostname: "web-0" });
    const ids = [
      await start("/busybox sleep 1000", { sandbox: sandbox.id }),
      await start("/busybox sleep 1000", { sandbox: sandbox.id, name: "side", shareProcesses: true }),
    ];
    const [app, side] = await Promise.all(ids.map((id) => runtime.containerStatus(id)));
    for (const space of ["net", "ipc"])
      for (const { pid } of [app!, side!])
        expect(readlinkSync(`/proc/${pid}/ns/${space}`)).toBe(readlinkSync(`/proc/${sandbox.pid}/ns/${space}`));
    expect(readlinkSync(`/proc/${app!.pid}/ns/pid`)).not.toBe(readlinkSync(`/proc/${sandbox.pid}/ns/pid`));
    expect(readlinkSync(`/proc/${side!.pid}/ns/pid`)).toBe(readlinkSync(`/proc/${sandbox.pid}/ns/pid`));
    expect(readFileSync(`/proc/${app!.pid}/net/dev`, "utf8")).not.toContain("eth");
    // An orphan becomes the sandbox's child, and must not stay a zombie.
    await runtime.execSync(ids[1]!, sh("(/busybox true &) & wait"), 10_000);
    expect((await runtime.execSync(ids[1]!, sh("/busybox ps -o stat,args | /busybox grep -c '^Z' || true"), 10_000)).output).toBe("0\n");
    await runtime.removeSandbox(sandbox.id);
    expect((await runtime.list()).sandboxes).toEqual([]);
  });

  it("uses the host's network and the given name for a pod on the host", async () => {
    const id = await start("/busybox hostname; /busybox sleep 1000", { sandbox: "host", hostname: "node-1" });
    expect(readlinkSync(`/proc/${(await runtime.containerStatus(id))!.pid}/ns/net`)).toBe(readlinkSync("/proc/self/ns/net"));
    expect((await runtime.execSync(id, ["/busybox", "hostname"], 10_000)).output).toBe("node-1\n");
  });

  it("sets kernel settings of a sandbox, and refuses those that are not a pod's", async () => {
    const sandbox = await runtime.createSandbox(pod, { hostname: "web-0", sysctls: { "net.ipv4.ip_unprivileged_port_start": "77" } });
    expect(await output("/busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start", { sandbox: sandbox.id })).toBe("77");
    await expect(runtime.createSandbox({ ...pod, uid: "2" }, { sysctls: { "kernel.panic": "1" } })).rejects.toBeInstanceOf(
      ContainerConfigError,
    );
    expect((await runtime.list()).sandboxes).toHaveLength(1);
  });

  it("leaves nothing to Docker's own helpers", async () => {
    const { Config: config, HostConfig: host } = await inspect(await start("/busybox sleep 1000"));
    expect(host).toMatchObject({
      Init: false,
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "5" } },
    });
    expect(config.Labels).toMatchObject({
      "io.wherry.cluster": test.cluster,
      "io.wherry.pod.uid": pod.uid,
      "io.wherry.container": "app",
      "io.wherry.attempt": "0",
    });
  });

  it("gives an exec a terminal of the asked size", async () => {
    const id = await start("/busybox sleep 1000");
    const session = await runtime.exec(id, { command: sh("read x; /busybox stty size; exit 3"), stdin: true, tty: true });
    await session.resize(120, 40);
    session.stdin!.write("go\n");
    let seen = "";
    for await (const part of session.stdout) seen += part;
    expect(seen).toContain("40 120");
    expect(session.stderr).toBeUndefined();
    expect(await session.exit).toBe(3);
  });

  it("keeps both outputs of an exec apart, and all bytes of a long one", async () => {
    const id = await start("/busybox sleep 1000");
    const session = await runtime.exec(id, { command: sh("/busybox dd if=/dev/zero bs=1k count=5000 2>/dev/null; echo bad >&2") });
    const [length, errors] = await Promise.all([lengthOf(session.stdout), textOf(session.stderr!)]);
    expect([length, errors, await session.exit]).toEqual([5000 * 1024, "bad\n", 0]);
  });

  it("leaves no process of an exec that timed out or was hung up", async () => {
    const id = await start("/busybox sleep 1000");
    await expect(runtime.execSync(id, sh("/busybox sleep 2001 & /busybox sleep 2002"), 100)).rejects.toThrow("timed out");
    const session = await runtime.exec(id, { command: sh("echo up; /busybox sleep 2003"), tty: true });
    await once(session.stdout, "data");
    session.close();
    await session.exit;
    expect((await runtime.execSync(id, ["/busybox", "ps", "-o", "args"], 10_000)).output).not.toMatch(/sleep 200\d/);
  });

  it("makes the sandbox image again when somebody removed it", async () => {
    await runtime.createSandbox();
    await runtime.purge();
    const { id } = await runtime.createSandbox();
    expect((await inspect(id)).Config.Image).toMatch(/^wherry\/pause:/);
  });

  it("frees a pod's name that a dead sandbox holds", async () => {
    const first = await runtime.createSandbox(pod, { hostname: "web-0" });
    expect((await runtime.createSandbox(pod, { hostname: "web-0" })).id).toBe(first.id);
    await engine.call((docker) => docker.getContainer(first.id).kill());
    const second = await runtime.createSandbox(pod, { hostname: "web-0" });
    expect(second.id).not.toBe(first.id);
    expect((await runtime.list()).sandboxes.map((s) => s.id)).toEqual([second.id]);
  });

  it("says what to do when there is no engine", async () => {
    const missing = createDockerRuntime({
      cluster: "x",
      socket: "unix:///nonexistent/docker.sock",
      stateDir: test.folder,
      log: silentLogger,
    });
    const error = await missing.list().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RuntimeUnavailableError);
    expect((error as Error).message).toMatch(/unix:\/\/\/nonexistent\/docker.sock: the socket does not exist. Start the engine/);
  });

  it("notices when the engine goes, and asks to look again when it is back", async () => {
    const proxy = new CuttableProxy(join(test.folder, "docker.sock"));
    await proxy.open();
    const behind = createDockerRuntime({ cluster: test.cluster, socket: proxy.path, stateDir: test.folder, log: silentLogger });
    const watching = new AbortController();
    const events = behind.events(watching.signal)[Symbol.asyncIterator]();
    const { id } = await behind.createSandbox();
    expect((await events.next()).value).toMatchObject({ type: "start", id });
    const next = events.next();
    await proxy.close();
    await expect(behind.list()).rejects.toBeInstanceOf(RuntimeUnavailableError);
    await proxy.open();
    expect((await next).value).toEqual({ type: "resync" });
    expect((await behind.list()).sandboxes).toHaveLength(1);
    watching.abort();
    behind.close();
    await proxy.close();
  });
});

/** Stands between the runtime and the engine, and can be cut. */
class CuttableProxy {
  readonly path: string;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(path: string) {
    this.path = path;
  }

  async open(): Promise<void> {
    this.#server = createServer((client) => {
      const upstream = connect(socket.replace("unix://", ""));
      for (const [a, b] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(a);
        a.on("error", () => {});
        a.on("close", () => b.destroy());
        a.pipe(b);
      }
    }).listen(this.path);
    await once(this.#server, "listening");
  }

  async close(): Promise<void> {
    this.#server?.close();
    for (const one of this.#sockets) one.destroy();
    this.#sockets.clear();
    await rm(this.path, { force: true });
  }
}

async function lengthOf(stream: AsyncIterable<Buffer | string>): Promise<number> {
  let length = 0;
  for await (const part of stream) length += part.length;
  return length;
}

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = "";
  for await (const part of stream) text += part.toString();
  return text;
}
