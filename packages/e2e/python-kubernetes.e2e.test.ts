import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerSocket, missing, run, TestCluster } from "./cluster.ts";
import { BUSYBOX } from "./scene.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of python3-kubernetes do not run: ${why}`);

const FOLDER = join(import.meta.dirname, "clients");
const tests = [...readFileSync(join(FOLDER, "python_kubernetes.py"), "utf8").matchAll(/def (test_\w+)/g)].map(([, name]) => name!);

describe.skipIf(why)("Debian's python3-kubernetes", () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    await buildImages(["busybox"], dockerSocket());
    cluster = await TestCluster.create("e2e-python");
    await cluster.up();
  });
  afterAll(() => cluster?.remove());

  it.each(tests)("%s", async (name) => {
    const env = { ...cluster.env, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: "1", IMAGE: BUSYBOX };
    const { code, stderr } = await run("/usr/bin/python3", ["-m", "unittest", `python_kubernetes.ClientTest.${name}`], { env });
    expect(code, stderr).toBe(0);
  });
});
