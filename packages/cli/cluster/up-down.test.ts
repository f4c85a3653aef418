import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigYaml } from "@wherry/pki";
import { beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { parse } from "yaml";
import { UsageError } from "../errors.ts";
import { readConfig } from "./config.ts";
import { type DownOptions, down } from "./down.ts";
import { freePort } from "./host-network.ts";
import { runningPid, stopProcess } from "./process.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";

let dir: string;
let dataDir: string;
let kubeconfig: string;
let engine: Server;
let getuid: MockInstance;
let printed: string[];

// The decisions and the bookkeeping do not need root; what the parts do with it is theirs.
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "cluster-up-"));
  dataDir = join(dir, "data");
  kubeconfig = join(dir, "kube", "config");
  printed = [];
  getuid = vi.spyOn(process, "getuid").mockReturnValue(0);
  engine = createServer((_, response) => response.end("OK")).listen(join(dir, "docker.sock"));
  await once(engine, "listening");
  return async () => {
    getuid.mockRestore();
    engine.close();
    await stopProcess(dataDir, "agent");
    await stopProcess(dataDir, "server");
    rmSync(dir, { recursive: true });
  };
});

const print = (line: string) => void printed.push(line);

/** Parts that note how they were called; `agent --purge` and `agent --stop-pods` do what `clearing` says, the server what `serving` does. */
function program(clearing = "", serving = ""): string[] {
  const admin = kubeconfigYaml({ server: "https://127.0.0.1:1", ca: "CA", cert: "C", key: "K", user: "wherry" });
  const path = join(dir, "program.mjs");
  writeFileSync(
    path,
    `import { appendFileSync, mkdirSync, writeFileSync, writeSync } from "node:fs";
    const words = process.argv.slice(2);
    appendFileSync(${JSON.stringify(join(dir, "calls"))}, JSON.stringify(words) + "\\n");
    const pki = words[words.indexOf("--data-dir") + 1] + "/pki";
    if (words[0] === "server") {
      mkdirSync(pki, { recursive: true });
      writeFileSync(pki + "/admin.kubeconfig", ${JSON.stringify(admin)});
      ${serving}
    }
    if (["--purge", "--stop-pods"].includes(words.at(-1))) { ${clearing} }
    else {
      writeSync(Number(process.env.WHERRY_READY_FD), '{"ready":true}\\n');
      setInterval(() => {}, 1e6);
    }`,
  );
  return [process.execPath, path];
}

const calls = (): string[][] =>
  readFileSync(join(dir, "calls"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const start = async (parts = program(), more = {}) =>
  up({ dataDir, kubeconfig, docker: join(dir, "docker.sock"), apiPort: String(await freePort(24_000)), ...more }, parts, print);
const stop = (options: DownOptions = {}, parts = program()) => down({ dataDir, ...options }, parts, print);
function writeText(text: string): void {
  mkdirSync(join(dir, "kube"), { recursive: true });
  writeFileSync(kubeconfig, text);
}
const pids = () => [runningPid(dataDir, "server"), runningPid(dataDir, "agent")];

describe("up", () => {
  it("starts the server, then the agent, with what it decided, and says how to reach them", async () => {
    await start();
    const config = readConfig(dataDir);
    const port = String(config?.apiPort);
    expect(calls().map((words) => words[0])).toEqual(["server", "agent"]);
    expect(calls()[0]).toEqual(expect.arrayContaining(["--api-port", port, "--advertise-address", config?.nodeIP]));
    expect(calls()[1]).toEqual(expect.arrayContaining(["--node-name", config?.nodeName, "--docker", join(dir, "docker.sock")]));
    expect(pids()).toEqual([expect.any(Number), expect.any(Number)]);
    expect(parse(readFileSync(kubeconfig, "utf8"))["current-context"]).toBe("wherry");
    expect(printed.filter((line) => !line.startsWith("Waiting"))).toEqual([
      expect.stringMatching(`^Cluster default is up after [0-9.]+ s: https://127.0.0.1:${port}, node ${config?.nodeName}$`),
      `kubectl --kubeconfig ${kubeconfig} --context wherry get nodes`,
    ]);
  });

  it("leaves alone what runs, and starts again what does not", async () => {
    await start();
    const before = pids();
    await up({ dataDir }, program(), print);
    expect(pids()).toEqual(before);
    expect(printed).toContainEqual(expect.stringContaining("Cluster default was up already: "));
    await stopProcess(dataDir, "agent");
    await up({ dataDir }, program(), print);
    expect(calls().map((words) => words[0])).toEqual(["server", "agent", "agent"]);
    expect(calls()[2]).toEqual(calls()[1]);
    expect(pids()[0]).toBe(before[0]);
  });

  it("decides nothing when Docker does not answer", async () => {
    engine.close();
    writeFileSync(join(dir, "other.sock"), "");
    await expect(start(program(), { docker: join(dir, "other.sock") })).rejects.toThrow("no Docker Engine answers on");
    expect([readConfig(dataDir), pids()]).toEqual([undefined, [undefined, undefined]]);
  });

  it("gives two clusters that begin together a port and ranges of their own", async () => {
    const [one, two] = [join(dir, "one"), join(dir, "two")];
    // Parts that take the port they are given, as the real ones do.
    const listen =
      'const { createServer } = await import("node:net"); await new Promise((done) => createServer().listen(Number(words[words.indexOf("--api-port") + 1]), done));';
    const listening = program("", listen);
    const begin = (folder: string) => up({ dataDir: folder, kubeconfig, docker: join(dir, "docker.sock") }, listening, print);
    try {
      await Promise.all([begin(one), begin(two)]);
      expect(printed).toContain("Waiting until another cluster is up");
      expect(readConfig(one)?.apiPort).not.toBe(readConfig(two)?.apiPort);
    } finally {
      // Now: the folder with what is known of them goes before `onTestFinished` is called.
      for (const folder of [one, two]) for (const role of ["agent", "server"] as const) await stopProcess(folder, role);
    }
  });

  it("says what to do about a port that was taken in the last moment", async () => {
    const taken = program().with(1, join(dir, "taken.mjs"));
    writeFileSync(
      join(dir, "taken.mjs"),
      `import { writeSync } from "node:fs";
      writeSync(Number(process.env.WHERRY_READY_FD), JSON.stringify({ error: "listen EADDRINUSE: address already in use 0.0.0.0:1" }) + "\\n");`,
    );
    await expect(start(taken)).rejects.toThrow(/^port \d+ is taken by another program/);
  });

  it.each([
    ["a folder", () => mkdirSync(kubeconfig, { recursive: true }), "is a folder: name a kubeconfig file with --kubeconfig"],
    ["no kubeconfig", () => writeText("remember: the milk\n"), "is not a kubeconfig (it has none of its fields)"],
    ["words", () => writeText("hello\n"), "is not a kubeconfig (a map is wanted at its top)"],
    ["a manifest", () => writeText("apiVersion: v1\nkind: Pod\n"), 'is not a kubeconfig (its kind is "Pod")'],
  ])("begins nothing when the kubeconfig is %s", async (_, make, why) => {
    make();
    await expect(start()).rejects.toThrow(`${kubeconfig} ${why}`);
    expect([readConfig(dataDir), pids()]).toEqual([undefined, [undefined, undefined]]);
  });

  it("refuses a data directory that is a file", async () => {
    writeFileSync(dataDir, "");
    const wanted = `${dataDir} is not a folder: name one with --data-dir`;
    await expect(start()).rejects.toThrow(wanted);
    await expect(stop()).rejects.toThrow(wanted);
    await expect(status({ dataDir }, print)).rejects.toThrow(wanted);
    rmSync(dataDir);
  });

  it("wants root, and a name", async () => {
    await expect(start(program(), { name: "A" })).rejects.toThrow('--name "A": use');
    getuid.mockReturnValue(1000);
    await expect(start()).rejects.toThrow("run `sudo wherry up`");
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe("down", () => {
  it("ends the processes, clears the host and keeps the data; twice does no harm", async () => {
    await start();
    const { podCIDR } = readConfig(dataDir) ?? {};
    await stop();
    expect(pids()).toEqual([undefined, undefined]);
    expect(calls()[2]).toEqual([...(calls()[1] ?? []), "--stop-pods"]);
    await stop();
    expect(printed.slice(2)).toEqual(Array(2).fill(`Cluster default is down; its data is kept in ${dataDir}`));
    expect(readConfig(dataDir)?.podCIDR).toBe(podCIDR);
    expect(existsSync(kubeconfig)).toBe(true);
  });

  it("leaves nothing with --purge, in the kubeconfig neither", async () => {
    await start();
    await stop({ purge: true });
    expect(calls()[2]).toEqual([...(calls()[1] ?? []), "--purge"]);
    expect([existsSync(dataDir), existsSync(kubeconfig)]).toEqual([false, false]);
    await stop({ purge: true });
    expect(printed.slice(2)).toEqual(["Cluster default is gone, with its data", "Cluster default is not here: nothing to do"]);
  });

  it("purges all the same when the kubeconfig has become a folder", async () => {
    await start();
    rmSync(kubeconfig);
    mkdirSync(kubeconfig);
    await stop({ purge: true });
    expect(printed.slice(2)).toEqual([
      `The kubeconfig is left as it is: ${kubeconfig} is a folder: name a kubeconfig file with --kubeconfig`,
      "Cluster default is gone, with its data",
    ]);
    expect(existsSync(dataDir)).toBe(false);
  });

  it("purges the cluster that is in the directory, whatever the default name", async () => {
    await start(program(), { name: "two" });
    await up({ dataDir }, program(), print);
    expect(printed.slice(2)).toEqual([expect.stringContaining("Cluster two was up"), expect.stringContaining("--context wherry-two ")]);
    writeFileSync(kubeconfig, "contexts: [{ name: wherry, context: {} }, { name: wherry-two, context: {} }]\n");
    await stop({ purge: true });
    expect(parse(readFileSync(kubeconfig, "utf8")).contexts).toEqual([{ name: "wherry", context: {} }]);
    expect(printed[4]).toBe("Cluster two is gone, with its data");
  });

  it("keeps the data, and says why, when the host could not be cleared", async () => {
    await start();
    const refused = (why: string) => new UsageError(`the host could not be cleared: ${why}`);
    await expect(stop({ purge: true }, program('throw new TypeError("no engine: start it");'))).rejects.toEqual(
      refused("no engine: start it"),
    );
    await expect(stop({ purge: true }, program('console.error("first\\nlast"); process.exit(1);'))).rejects.toEqual(refused("last"));
    await expect(stop({ purge: true }, [join(dir, "missing")])).rejects.toThrow("the host could not be cleared: spawnSync");
    expect([readConfig(dataDir)?.name, existsSync(kubeconfig), readdirSync(join(dataDir, "run"))]).toEqual(["default", true, []]);
  });

  it("removes no folder that holds no cluster", async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "thesis"), "");
    await expect(stop({ purge: true })).rejects.toThrow(`${dataDir} holds no cluster, so \`wherry down --purge\` does not remove it`);
    expect(readdirSync(dataDir)).toEqual(["thesis"]);
  });

  it("removes what an up that failed early left", async () => {
    mkdirSync(join(dataDir, "run"), { recursive: true });
    await stop({ purge: true });
    expect(existsSync(dataDir)).toBe(false);
  });

  it("wants root", async () => {
    await start();
    getuid.mockReturnValue(1000);
    await expect(stop()).rejects.toThrow("run `sudo wherry down`");
    expect(pids()).toEqual([expect.any(Number), expect.any(Number)]);
  });
});
