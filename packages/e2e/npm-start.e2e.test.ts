import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildImages } from "@wherry/images/build.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerSocket, missing, ROOT, run } from "./cluster.ts";
import { TestHost } from "./test-host.ts";

const why = missing();
if (why) console.warn(`end-to-end tests of npm start do not run: ${why}`);

const FOLDER = join(tmpdir(), "wherry-e2e-start");
const SOURCE = join(FOLDER, "source");
const NAME = "start";
const FLAGS = ["--name", NAME, "--data-dir", join(FOLDER, "data")];
const KUBECONFIG = join(FOLDER, "kubeconfig");
const IMAGES = ["wherry-demo/web:v1", "wherry-demo/web:v2", "wherry-demo/postgres:1"];
/** What a fresh clone does not have. */
const MADE = new Set([".git", ".node", "dist", "node_modules"]);
/** Where the demo's database keeps its rows: testdata/demo/database.yaml. */
const ROWS = "/var/lib/wherry-demo";
const rowsOfOthers = existsSync(ROWS);
/** `nobody`, on every Linux. */
const NOBODY = "65534";

// As a new user: a fresh copy of the sources, on a host whose engine knows nothing of Wherry.
describe.skipIf(why)("the README's first command", () => {
  let host: TestHost;
  const inSource = (program: string, ...args: string[]) => run("env", ["--chdir", SOURCE, program, ...args]);
  const start = () => {
    const up = ["npm", "start", "--", ...FLAGS, "--kubeconfig", KUBECONFIG];
    return host.run("env", "--chdir", SOURCE, `DOCKER_HOST=unix://${host.socket}`, ...up);
  };

  beforeAll(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    cpSync(ROOT, SOURCE, { recursive: true, filter: (path) => !MADE.has(basename(path)) });
    host = await TestHost.create("wt-start", 4, FOLDER);
    // Test hosts have no way out: what set-up loads from the registries is there before.
    await buildImages(["web", "postgres"], dockerSocket());
    const copy = `docker --host unix://${dockerSocket()} save ${IMAGES.join(" ")} | docker --host unix://${host.socket} load`;
    expect((await run("sh", ["-c", copy])).stderr).toBe("");
  });
  afterAll(async () => {
    await host?.run(join(SOURCE, "wherry"), "down", "--purge", ...FLAGS);
    await host?.remove();
    if (!rowsOfOthers) rmSync(ROWS, { recursive: true, force: true });
    rmSync(FOLDER, { recursive: true, force: true });
  });

  it("sets everything up, and says what it does", async () => {
    const { code, stdout, stderr } = await inSource("npm", "run", "setup");
    expect(stderr + stdout).toMatch(/✓ Node\.js and pnpm.*\n.*✓ npm packages.*\n.*✓ bundle.*\n.*✓ system packages.*\n.*✓ Docker Engine/);
    expect(code).toBe(0);
  });

  it.each(["first", "second"])("brings up the cluster and the demo, and prints an address that answers: the %s time", async () => {
    const { code, stdout, stderr } = await start();
    expect(stderr + stdout).toMatch(/The demo answers on http:\/\/127\.0\.0\.1:30080\//);
    expect(code).toBe(0);
    const page = await host.run("busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:30080/version");
    expect(page.stdout.trim()).toBe("v1");
  });

  it("tells who is not root what to run", async () => {
    const asNobody = (script: string) =>
      inSource("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "node", join("packages", "setup", script));
    const started = await asNobody("start.mjs");
    expect(started).toMatchObject({ code: 1, stderr: expect.stringMatching(/only root may make\. Run:\n\n {2}sudo npm start\n/) });
    const nobodys = `import { ensureEngine } from ${JSON.stringify(join(SOURCE, "packages", "setup", "docker.mjs"))}; await ensureEngine();`;
    const engine = await inSource(
      "setpriv",
      "--reuid",
      NOBODY,
      "--regid",
      NOBODY,
      "--clear-groups",
      "node",
      "--input-type=module",
      "--eval",
      nobodys,
    );
    expect(engine.stderr).toMatch(/no Docker Engine answers on .*Run:\n\n {2}sudo systemctl start docker\n.*sudo usermod -aG docker/s);
  });
});
