import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { UsageError } from "../errors.ts";
import { type ClusterConfig, checkName, contextName, DATA_VERSION, dataDirectory, readConfig, writeConfig } from "./config.ts";

const CONFIG: ClusterConfig = {
  version: DATA_VERSION,
  name: "default",
  apiPort: 6443,
  podCIDR: "10.244.0.0/16",
  serviceCIDR: "10.96.0.0/16",
  docker: "/var/run/docker.sock",
  nodeName: "host",
  nodeIP: "192.0.2.1",
  kubeconfig: "/home/me/.kube/config",
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "cluster-config-"));
  return () => rmSync(dir, { recursive: true });
});

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("the saved configuration", () => {
  it("is read as it was written, private to its owner, and leaves no half-written file", () => {
    const data = join(dir, "a", "data");
    writeConfig(data, { ...CONFIG, apiPort: 1 });
    writeConfig(data, CONFIG);
    expect(readConfig(data)).toEqual(CONFIG);
    expect(readdirSync(data)).toEqual(["cluster.json"]);
    expect([modeOf(data), modeOf(join(data, "cluster.json"))]).toEqual([0o700, 0o600]);
  });

  it("stays whole when a write fails", () => {
    writeConfig(dir, CONFIG);
    mkdirSync(join(dir, "cluster.json.new"));
    expect(() => writeConfig(dir, { ...CONFIG, apiPort: 1 })).toThrow("EISDIR");
    expect(readConfig(dir)).toEqual(CONFIG);
  });

  it("is undefined where there never was one", () => {
    expect(readConfig(join(dir, "none"))).toBeUndefined();
  });

  it("is refused when a newer version wrote it", () => {
    writeConfig(dir, { ...CONFIG, version: DATA_VERSION + 1 });
    expect(() => readConfig(dir)).toThrow(
      new UsageError(
        `${dir} was written by a newer wherry (data version ${DATA_VERSION + 1}, this one knows ${DATA_VERSION}): use that version, or another --data-dir`,
      ),
    );
    expect(JSON.parse(readFileSync(join(dir, "cluster.json"), "utf8")).version).toBe(DATA_VERSION + 1);
  });

  it.each(["", '{"version": 1', "null", "[]", "{}", '{"version": "1"}'])("is refused when it is damaged: %j", (text) => {
    writeFileSync(join(dir, "cluster.json"), text);
    expect(() => readConfig(dir)).toThrow(UsageError);
    expect(() => readConfig(dir)).toThrow(`${join(dir, "cluster.json")} is damaged (`);
  });
});

describe("names", () => {
  it.each(["a", "default", "a-1", "a".repeat(32)])("allows %j", (name) => expect(() => checkName(name)).not.toThrow());

  it.each(["", "A", "-a", "a-", "a.b", "../a", "a b", "a".repeat(33)])("refuses %j", (name) => {
    expect(() => checkName(name)).toThrow(`--name ${JSON.stringify(name)}: use 1 to 32 lower-case letters`);
  });

  it("become contexts", () => {
    expect([contextName("default"), contextName("two")]).toEqual(["wherry", "wherry-two"]);
  });
});

describe("the data directory", () => {
  const asUser = (uid: number) => {
    const getuid = vi.spyOn(process, "getuid").mockReturnValue(uid);
    onTestFinished(() => getuid.mockRestore());
  };

  it("is the system's for root", () => {
    asUser(0);
    expect(dataDirectory("two")).toBe("/var/lib/wherry/two");
  });

  it("is the user's own otherwise", () => {
    asUser(1000);
    vi.stubEnv("XDG_DATA_HOME", "/home/me/data");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(dataDirectory("two")).toBe("/home/me/data/wherry/two");
  });

  it("is the given one, made absolute", () => {
    expect(dataDirectory("two", "here")).toBe(join(process.cwd(), "here"));
  });
});
