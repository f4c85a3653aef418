import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { READY_FD } from "./readiness.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "run-process-"));
  return () => rmSync(dir, { recursive: true });
});

/** A process that runs this `main`, with its readiness, its standard output and the messages it logs. */
function run(main: string) {
  const path = join(dir, "program.ts");
  const from = (file: string) => JSON.stringify(join(import.meta.dirname, file));
  const imports = `import { runProcess } from ${from("run-process.ts")};\nimport { createLogger } from ${from("logger.ts")};\n`;
  writeFileSync(path, `${imports}void runProcess(createLogger(), async (signal) => {\n${main}\n});\n`);
  const child = spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, [READY_FD]: "3" } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const messages = text(child.stderr as Readable).then((all) =>
    all
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return { child, ended, messages, ready: text(child.stdio[3] as Readable), output: text(child.stdout as Readable) };
}

const SERVE = "const idle = setInterval(() => {}, 1e6);";

describe("a program", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("says that it serves, and %s stops it in order", async (signal) => {
    const order = `signal.addEventListener("abort", () => console.log(signal.reason.message));
      return async () => { await null; console.log("stopped"); };`;
    const { child, ready, ended, output, messages } = run(`${SERVE}\n${order}`);
    expect(await ready).toBe('{"ready":true}\n');
    child.kill(signal);
    expect([await ended, await output]).toEqual([0, `stopped by ${signal}\nstopped\n`]);
    expect(await messages).toMatchObject([{ msg: "stopping", signal }]);
  });

  it("ends at once at a second signal", async () => {
    const { child, ready, ended } = run(`${SERVE}\nreturn () => new Promise(() => console.log("stopping"));`);
    await ready;
    child.kill("SIGTERM");
    await once(child.stdout as Readable, "data");
    child.kill("SIGINT");
    expect(await ended).toBe(1);
  });

  it.each([
    ["ends up serving", "console.log('began'); await aborted; return async () => console.log('stopped');", "began\nstopped\n"],
    ["gives up", "console.log('began'); await aborted; throw new Error('gave up');", "began\n"],
  ])("is told to stop while it starts, and %s", async (_, main, printed) => {
    const aborted = 'const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));';
    const { child, ready, ended, output, messages } = run(`${SERVE}\n${aborted}\n${main}`);
    await once(child.stdout as Readable, "readable");
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect([await ready, await output]).toEqual(['{"error":"stopped by SIGTERM"}\n', printed]);
    expect(await messages).toMatchObject([{ msg: "stopping", signal: "SIGTERM" }]);
  });

  it("says why it cannot start, and ends with 1", async () => {
    const { ready, ended, messages } = run(`${SERVE}\nthrow new Error("port 1 is taken");`);
    expect(await ready).toBe('{"error":"port 1 is taken"}\n');
    expect(await ended).toBe(1);
    expect(await messages).toMatchObject([{ msg: "ended by an error", error: { message: "port 1 is taken", stack: expect.any(String) } }]);
  });

  it("says what else was thrown than an error", async () => {
    const { ready, ended } = run('throw "words";');
    expect([await ready, await ended]).toEqual(['{"error":"words"}\n', 1]);
  });

  it.each([
    ["thrown", 'process.once("SIGUSR2", () => { throw new Error("lost"); });'],
    ["rejected", 'process.once("SIGUSR2", () => { Promise.reject(new Error("lost")); });'],
  ])("logs an error that was %s where nobody handles it, and ends with 1", async (_, later) => {
    const { child, ready, ended, messages } = run(`${SERVE}\n${later}\nreturn async () => {};`);
    expect(await ready).toBe('{"ready":true}\n');
    child.kill("SIGUSR2");
    expect(await ended).toBe(1);
    expect(await messages).toMatchObject([{ msg: "ended by an error", error: { message: "lost" } }]);
  });

  it("ends with 1 when it cannot stop in order", async () => {
    const { child, ready, ended, messages } = run(`${SERVE}\nreturn () => Promise.reject(new Error("stuck"));`);
    await ready;
    child.kill("SIGTERM");
    expect(await ended).toBe(1);
    expect(await messages).toMatchObject([{ msg: "stopping" }, { msg: "ended by an error", error: { message: "stuck" } }]);
  });
});
