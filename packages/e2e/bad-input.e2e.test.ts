import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing, ROOT, run, TestCluster } from "./cluster.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of bad input do not run: ${why}`);

const PORT = 31191;

// Each says what is wrong, where, and what to do, and harms nothing.
describe.skipIf(why)("bad input", () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.create("e2e-bad");
  });
  afterAll(() => cluster?.remove());

  const fails = async (ran: Promise<{ code: number; stderr: string }>, message: RegExp) => {
    const { code, stderr } = await ran;
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  };

  it("a Docker socket that is not there", () =>
    fails(
      run(join(ROOT, "wherry"), ["up", "--name", "e2e-bad", "--data-dir", cluster.dataDir, "--docker", "/nowhere/docker.sock"]),
      /\/nowhere\/docker\.sock/,
    ));

  it("a port that is taken", async () => {
    const other = createServer().listen(PORT, "0.0.0.0");
    await fails(cluster.tryUp("--api-port", String(PORT)), /port 31191 is taken by another program.*--api-port/);
    await new Promise((resolve) => other.close(resolve));
  });

  it("a data directory of a newer version, whose data stays as it is", async () => {
    await cluster.up("--api-port", String(PORT));
    await cluster.wherry("create", "configmap", "kept");
    await cluster.down();
    const file = join(cluster.dataDir, "cluster.json");
    const saved = readFileSync(file, "utf8");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(saved), version: 999 }));
    await fails(cluster.tryUp(), /was written by a newer wherry \(data version 999/);
    writeFileSync(file, saved);
    await cluster.up();
    expect(await cluster.wherry("get", "configmap", "kept", "-o", "name")).toBe("configmap/kept\n");
  });

  it("a change of what a running cluster is made of", () =>
    fails(cluster.tryUp("--api-port", String(PORT + 1)), /runs already, on port 31191/));

  it("an unknown field, and an impossible port", async () => {
    const apply = (manifest: string) => run(join(ROOT, "wherry"), ["apply", "-f", "-"], { env: cluster.env, input: manifest });
    await fails(apply("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndatta: {}\n"), /unknown field "datta"/);
    await fails(
      apply("apiVersion: v1\nkind: Service\nmetadata: { name: x }\nspec: { ports: [{ port: 0 }] }\n"),
      /spec\.ports\[0\]\.port: Invalid value: 0/,
    );
    expect(await cluster.wherry("get", "configmap", "kept", "-o", "name")).toBe("configmap/kept\n");
  });
});
