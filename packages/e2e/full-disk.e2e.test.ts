import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ConfigMap } from "@wherry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing, run, TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of a full disk do not run: ${why}`);

const NAME = "e2e-full";
const SIZE = "size=24m";
const LARGER = "size=64m";
/** Enough of these fill the disk, twice over. */
const OBJECTS = 120;
const BYTES = 400_000;
const NAMESPACE = "default";

/** File systems that an earlier run left mounted when it was killed. */
async function unmountLeftovers(): Promise<void> {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const folders = mounts.map((line) => line.split(" ")[1] ?? "").filter((folder) => folder.includes(`/wherry-${NAME}-`));
  for (const folder of folders) {
    await run("./wherry", ["down", "--purge", "--name", NAME, "--data-dir", folder]);
    await run("umount", ["--lazy", folder]);
  }
}

describe.skipIf(why)("a full disk", () => {
  let cluster: TestCluster;
  const stored: string[] = [];
  const mount = async (...args: string[]) => expect((await run("mount", [...args, cluster.dataDir])).stderr).toBe("");
  const names = async () => (await (await cluster.client()).list(ConfigMap, { namespace: NAMESPACE })).items.map((o) => o.metadata.name);
  const create = async (name: string, text: string) => {
    await (await cluster.client()).create(ConfigMap, { metadata: { name, namespace: NAMESPACE }, data: { text } });
    stored.push(name);
  };

  beforeAll(async () => {
    await unmountLeftovers();
    cluster = await TestCluster.create(NAME);
    mkdirSync(cluster.dataDir);
    await mount("-t", "tmpfs", "-o", SIZE, "tmpfs");
    await cluster.up();
    await eventually(() => names().then((found) => found.length > 0));
    stored.push(...(await names()));
  });
  afterAll(async () => {
    await cluster.down("--purge");
    await run("umount", [cluster.dataDir]);
    await cluster.remove();
  });

  it("is told to who writes, and who reads does not notice", async () => {
    const fill = async () => {
      for (let i = 0; i < OBJECTS; i++) await create(`filler-${i}`, randomBytes(BYTES).toString("base64"));
    };
    await expect(fill()).rejects.toThrow(/state\.db failed.*disk is full.*free some space/);
    for (const verb of [
      ["create", "configmap", "late", "--from-literal", `text=${"x".repeat(9000)}`],
      ["delete", "configmap", "filler-0"],
      ["label", "configmap", "filler-1", "late=yes"],
    ]) {
      const { code, stderr } = await cluster.tryWherry(...verb);
      expect(stderr).toMatch(/^Error from server \(InternalError\): .*state\.db failed.*free some space/);
      expect(code).toBe(1);
    }
    expect((await names()).sort()).toEqual(stored.toSorted());
    expect(await cluster.wherry("get", "nodes", "-o", "name")).toMatch(/^node\/.+\n$/);
  });

  it("loses nothing that was acknowledged, also when the server is killed on it", async () => {
    process.kill(cluster.pid("server"), "SIGKILL");
    await mount("-o", `remount,${LARGER}`);
    await cluster.up();
    expect((await names()).sort()).toEqual(stored.toSorted());
    await create("after", "space again");
    expect(await cluster.wherry("delete", "configmap", "filler-0")).toMatch(/deleted/);
    stored.splice(stored.indexOf("filler-0"), 1);
  });

  it("keeps nobody from looking at the cluster and stopping it", async () => {
    const rest = join(cluster.dataDir, "rest");
    await run("dd", ["if=/dev/zero", `of=${rest}`, "bs=4k"]);
    expect(await cluster.up()).toMatch(/was up already/);
    expect(await cluster.wherry("status", "--name", NAME, "--data-dir", cluster.dataDir)).toMatch(/server +running/);
    await cluster.down();
    rmSync(rest);
    await cluster.up();
    expect((await names()).sort()).toEqual(stored.toSorted());
  });
});
