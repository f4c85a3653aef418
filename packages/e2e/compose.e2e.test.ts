import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, describe, expect, it } from "vitest";
import { dockerSocket, missing, ROOT, run } from "./cluster.ts";
import { eventually } from "./eventually.ts";

/** The plugin, or the program that Debian packages. */
const COMPOSE = [["docker", "compose"], ["docker-compose"]].find(
  ([command = "", ...words]) => spawnSync(command, [...words, "version"]).status === 0,
);
const why = missing() ?? (COMPOSE ? undefined : "needs docker compose, or Debian's docker-compose");
if (why) console.warn(`the end-to-end test of docker-compose.yml does not run: ${why}`);

describe.skipIf(why)("docker compose up", () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-compose-"));
  const file = join(folder, "docker-compose.yml");
  const env = { WHERRY_ADDRESS: "127.0.0.1", WHERRY_NODES: "one", WHERRY_API_PORT: "31190" };
  const compose = (...words: string[]) => {
    const [command = "", ...before] = COMPOSE ?? [];
    return run(command, [...before, "--project-name", "wherry-e2e", "--file", file, ...words], { env });
  };

  afterAll(async () => {
    await compose("down");
    rmSync(folder, { recursive: true, force: true });
  });

  it("serves the API, and leaves credentials for kubectl and for the agent", async () => {
    await buildImages(["server"], dockerSocket());
    // The file as it is, but for the host's folder.
    writeFileSync(file, readFileSync(join(ROOT, "docker-compose.yml"), "utf8").replaceAll("/var/lib/wherry/compose:", `${folder}:`));
    const up = await compose("up", "--detach");
    expect(up.code, up.stderr).toBe(0);
    const kubeconfig = join(folder, "pki", "admin.kubeconfig");
    const namespaces = await eventually(async () => {
      const ran = await run(join(ROOT, "wherry"), ["get", "namespaces", "--kubeconfig", kubeconfig, "-o", "name"]);
      return ran.code === 0 && ran.stdout;
    });
    expect(namespaces).toContain("namespace/default\n");
    expect(JSON.parse(readFileSync(join(folder, "pki", "nodes", "one.json"), "utf8")).server).toBe("https://127.0.0.1:31190");
  });
});
