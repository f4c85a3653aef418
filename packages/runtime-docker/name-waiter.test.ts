import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { architectureOf } from "./info.ts";
import { NameWaiters } from "./name-waiter.ts";

/** The program itself, run on this host: its name is right already, so it becomes the command at once. */
describe("the program that waits for its host name", () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wherry-names-"));
    const waiters = new NameWaiters(folder, architectureOf(process.arch === "x64" ? "amd64" : process.arch));
    program = (await waiters.prepare("any")).program;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function run(...command: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      const env = { PATH: `/nonexistent::${folder}:/usr/bin:/bin`, KEPT: "yes" };
      execFile(program, [hostname(), ...command], { env, cwd: "/" }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
  }

  it("finds the command on the PATH, and passes on arguments, environment and exit code", async () => {
    expect(await run("sh", "-c", 'echo "$0 $1 $KEPT"; exit 5', "a", "b c")).toEqual({ code: 5, stdout: "a b c yes\n", stderr: "" });
  });

  it.each([
    ["nonesuch", 127],
    ["/nonesuch", 127],
    ["/etc/passwd/x", 126],
    ["/etc", 126],
    ["/etc/passwd", 126],
    ["", 127],
  ])("cannot run %j: %i", async (command, code) => {
    expect(await run(command)).toMatchObject({ code });
  });

  it("says on standard error what fails after the file was found", async () => {
    const script = join(folder, "script");
    await writeFile(script, "#!/nonexistent/interpreter\n");
    await chmod(script, 0o755);
    expect(await run("script")).toEqual({ code: 1, stdout: "", stderr: `exec ${script}: no such file or directory\n` });
  });
});
