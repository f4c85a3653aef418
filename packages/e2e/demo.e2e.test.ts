import { Pod } from "@wherry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing, run, TestCluster } from "./cluster.ts";
import { DemoApplication } from "./demo-application.ts";
import { eventually } from "./eventually.ts";
import { fetchOnce, underLoad } from "./load.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of the demo do not run: ${why}`);

describe.skipIf(why)("the demo", () => {
  let cluster: TestCluster;
  let demo: DemoApplication;

  beforeAll(async () => {
    cluster = await TestCluster.create("e2e-demo");
    await cluster.up();
    demo = new DemoApplication(cluster, 31080);
    await demo.start();
  });
  afterAll(() => cluster?.remove());

  const pods = async (app: string) =>
    (await (await cluster.client()).list(Pod, { namespace: "default", labelSelector: `app=${app}` })).items;
  /** Without those on their way out, which an earlier test may have left. */
  const lasting = async (app: string) => (await pods(app)).filter((pod) => !pod.metadata.deletionTimestamp);
  const containerIds = (list: Pod[]) => list.flatMap((p) => p.status?.containerStatuses?.map((s) => s.containerID) ?? []).toSorted();

  it("answers on the NodePort and counts its visits in the database", async () => {
    const before = await demo.visits();
    const { body } = await fetchOnce(`${demo.url}/`);
    expect(body).toMatch(/^Hello from web-[a-z0-9]+-[a-z0-9]+, version v1\./);
    expect(await demo.visits()).toBe(before + 1);
  });

  it("is the same program for every replica, under its own name", async () => {
    const names = new Set((await pods("web")).map((p) => p.metadata.name));
    expect(names.size).toBe(3);
    const seen = new Set<string>();
    await eventually(async () => {
      seen.add(/Hello from (\S+),/.exec((await fetchOnce(`${demo.url}/`)).body)?.[1] ?? "");
      return seen.size === 3;
    });
    expect(seen).toEqual(names);
  });

  it("loses no request when a web pod is deleted", async () => {
    const [victim] = await pods("web");
    const result = await underLoad(`${demo.url}/version`, 4, async () => {
      await cluster.wherry("delete", "pod", victim?.metadata.name ?? "");
      await cluster.wherry("rollout", "status", "deployment/web");
    });
    expect(result.failures).toEqual([]);
    expect(result.answered).toBeGreaterThan(20);
  });

  it("starts a killed container again, in the same pod", async () => {
    const [pod] = await pods("web");
    const { name = "", uid = "" } = pod?.metadata ?? {};
    const id = pod?.status?.containerStatuses?.[0]?.containerID?.replace("docker://", "") ?? "";
    expect((await run("docker", ["kill", id])).code).toBe(0);
    const back = await eventually(async () =>
      (await pods("web")).find(
        (p) => p.metadata.name === name && p.status?.containerStatuses?.[0]?.restartCount === 1 && p.status.containerStatuses[0].ready,
      ),
    );
    expect(back.metadata.uid).toBe(uid);
    expect(back.status?.podIP).toBe(pod?.status?.podIP);
    expect(back.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
  });

  it("keeps the rows when the database pod is deleted", async () => {
    await fetchOnce(`${demo.url}/`);
    const before = await demo.visits();
    const [database] = await pods("database");
    await cluster.wherry("delete", "pod", database?.metadata.name ?? "");
    await cluster.wherry("rollout", "status", "deployment/database");
    expect(await eventually(() => demo.visits())).toBe(before);
    expect((await pods("database")).map((p) => p.metadata.uid)).not.toContain(database?.metadata.uid);
  });

  it("rolls from v1 to v2 and back under load without losing a request", async () => {
    const result = await underLoad(`${demo.url}/version`, 4, async () => {
      const patch = JSON.stringify({ spec: { template: { spec: { containers: [{ name: "web", image: "wherry-demo/web:v2" }] } } } });
      await cluster.kubectl("patch", "deployment", "web", "-p", patch);
      await cluster.wherry("rollout", "status", "deployment/web");
      // The last of the old pods is on its way out of the service while the rollout is called done.
      await eventually(async () => (await fetchOnce(`${demo.url}/version`)).body.trim() === "v2");
      await cluster.wherry("rollout", "undo", "deployment/web");
      await cluster.wherry("rollout", "status", "deployment/web");
    });
    expect(result.failures).toEqual([]);
    expect(result.answered).toBeGreaterThan(50);
    await eventually(async () => (await fetchOnce(`${demo.url}/version`)).body.trim() === "v1");
  });

  it.each(["server", "agent"] as const)("restarts nothing and loses nothing when the %s is killed and started again", async (role) => {
    await cluster.wherry("rollout", "status", "deployment/web");
    const before = { ids: containerIds([...(await lasting("web")), ...(await lasting("database"))]), visits: await demo.visits() };
    const result = await underLoad(`${demo.url}/version`, 2, async () => {
      process.kill(cluster.pid(role), "SIGKILL");
      await cluster.up();
    });
    expect(result.failures).toEqual([]);
    expect(containerIds([...(await lasting("web")), ...(await lasting("database"))])).toEqual(before.ids);
    expect(await demo.visits()).toBe(before.visits);
    // The cluster works on: a change is carried out.
    await cluster.wherry("scale", "deployment/web", "--replicas", "4");
    await cluster.wherry("rollout", "status", "deployment/web");
    await cluster.wherry("scale", "deployment/web", "--replicas", "3");
    await eventually(async () => (await pods("web")).length === 3);
  });

  it("comes back with its data after down and up", async () => {
    const before = await demo.visits();
    await cluster.down();
    const { stdout } = await run("docker", ["ps", "--all", "--filter", `label=io.wherry.cluster=${cluster.name}`, "--quiet"]);
    expect(stdout).toBe("");
    await cluster.up();
    expect(await eventually(() => demo.visits())).toBe(before);
  });
});
