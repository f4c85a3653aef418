import { join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { beforeAll, expect, it } from "vitest";
import { dockerSocket, missing, ROOT, run, type TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { describeOnCluster } from "./on-cluster.ts";

const MANIFEST = join(ROOT, "testdata", "postgres-replicated", "database.yaml");

/** Writes numbers into the primary, one after the other, each until it was acknowledged. */
class Writer {
  readonly acknowledged: number[] = [];
  readonly #sql: (statement: string) => Promise<string>;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(sql: (statement: string) => Promise<string>) {
    this.#sql = sql;
  }

  start(): void {
    this.#running = this.#write();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #write(): Promise<void> {
    for (let n = 1; !this.#stopped; n++) {
      await eventually(
        async () => this.#stopped || (await this.#sql(`insert into numbers values (${n}) on conflict do nothing`)).includes("INSERT"),
      );
      if (!this.#stopped) this.acknowledged.push(n);
    }
  }
}

describeOnCluster("PostgreSQL with a replica, as a StatefulSet", "e2e-postgres", (cluster) => {
  const sql = (pod: string) => (statement: string) =>
    cluster().wherry(
      "exec",
      pod,
      "--",
      "psql",
      "--username=postgres",
      "--host=127.0.0.1",
      "--tuples-only",
      "--no-align",
      "--command",
      statement,
    );
  const ready = () => cluster().wherry("rollout", "status", "statefulset/database", "--timeout", "120s");
  const numbersOf = async (pod: string) => (await sql(pod)("select n from numbers order by n")).trim().split("\n").map(Number);
  /** Until both of its pods are others than before, and ready. */
  const renewed = async (during: () => Promise<unknown>, pods = ["database-0", "database-1"]) => {
    const uids = async () =>
      (await cluster().wherry("get", "pods", ...pods, "-o", "jsonpath={.items[*].metadata.uid}{.metadata.uid}")).split(" ");
    const before = await uids();
    await during();
    await eventually(async () => (await uids()).every((uid) => !before.includes(uid)), 120);
    await ready();
  };

  beforeAll(async () => {
    if (!missing()) await buildImages(["postgres"], dockerSocket());
  });

  it("keeps every row that it acknowledged", { timeout: 400_000 }, async () => {
    const { wherry, kubectl } = bound(cluster());
    await wherry("apply", "-f", MANIFEST);
    await ready();
    const primary = sql("database-0");
    await primary("create table numbers (n int primary key)");
    const writer = new Writer(primary);
    writer.start();
    const wrote = async (more: number) => {
      const goal = writer.acknowledged.length + more;
      await eventually(() => writer.acknowledged.length >= goal, 120);
    };
    await wrote(5);

    await renewed(() => wherry("delete", "pod", "database-0"), ["database-0"]);
    await wrote(2);

    const template = { spec: { containers: [{ name: "postgres", env: [{ name: "RELEASE", value: "two" }] }] } };
    await renewed(() => wherry("patch", "statefulset", "database", "-p", JSON.stringify({ spec: { template } })));
    await wrote(2);

    const node = (await wherry("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")).trim();
    await renewed(async () => {
      await kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s");
      await wherry("uncordon", node);
    });
    await wrote(2);

    for (const role of ["server", "agent"] as const) process.kill(cluster().pid(role), "SIGKILL");
    const containers = (await run("docker", ["ps", "--quiet", "--filter", `label=io.wherry.cluster=${cluster().name}`])).stdout.trim();
    await run("docker", ["kill", ...containers.split("\n")]);
    await cluster().up();
    await ready();
    await wrote(2);

    await writer.stop();
    const { acknowledged } = writer;
    expect(await numbersOf("database-0")).toEqual(expect.arrayContaining(acknowledged));
    await eventually(async () => {
      expect(await numbersOf("database-1")).toEqual(expect.arrayContaining(acknowledged));
      return true;
    });
    expect((await sql("database-1")("select pg_is_in_recovery()")).trim()).toBe("t");
  });
});

const bound = (cluster: TestCluster) => ({
  wherry: (...args: string[]) => cluster.wherry(...args),
  kubectl: (...args: string[]) => cluster.kubectl(...args),
});
