import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./cluster.ts";

describe("the package, installed globally", () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-installed-"));
  const path = (node: string) => [join(folder, "bin"), node, process.env.PATH].join(delimiter);

  beforeAll(async () => {
    const packed = await run("pnpm", ["pack", "--pack-destination", folder]);
    expect(packed.code, packed.stderr + packed.stdout).toBe(0);
    const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    const installed = await run("npm", ["install", "--global", "--prefix", folder, "--no-audit", "--no-fund", join(folder, tarball)]);
    expect(installed.code, installed.stderr).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("runs without the sources, by its name", async () => {
    const env = { PATH: path(dirname(process.execPath)) };
    expect((await run("wherry", ["version", "--client"], { env })).stdout).toMatch(/^Client Version: v\d+\.\d+\.\d+\n$/);
    expect((await run("wherry", ["server", "--help"], { env })).stdout).toContain("Usage: wherry server");
    expect((await run("wherry", ["agent", "--help"], { env })).stdout).toContain("Usage: wherry agent");
  });
});
