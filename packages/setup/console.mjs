// Plain JavaScript without imports from npm: this runs before anything is installed, on Node 20.
import { spawnSync } from "node:child_process";

/** A failure that tells the person what to do; printed without a stack. */
export class SetupError extends Error {}

/** Runs `work`, printing one line for it with the time it took. `work` may give a word or two to print behind the title. */
export async function step(title, work) {
  const begun = performance.now();
  const live = process.stdout.isTTY;
  if (live) process.stdout.write(`  … ${title}`);
  try {
    const note = await work();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    process.stdout.write(`${live ? "\r" : ""}  ✓ ${title}${note ? ` (${note})` : ""} ${seconds} s\n`);
  } catch (error) {
    process.stdout.write(`${live ? "\r" : ""}  ✗ ${title}\n`);
    throw error;
  }
}

/** Runs a command to its end; throws a SetupError with the end of its output when it fails. Gives its standard output. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 << 20, ...options });
  if (done.error?.code === "ENOENT") throw new SetupError(`${command} is not installed, or not on the PATH`);
  if (done.status !== 0) {
    const said = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().split("\n").slice(-15).join("\n");
    throw new SetupError(`\`${command} ${args.join(" ")}\` failed (${done.signal ?? `exit code ${done.status}`}):\n${said}`);
  }
  return done.stdout ?? "";
}

/** Whether a command of this name is on the PATH. */
export function has(command) {
  return spawnSync("sh", ["-c", `command -v "$1"`, "sh", command], { env: withSbin() }).status === 0;
}

/** The environment with the administrator's folders on the PATH: Debian leaves them out for ordinary users. */
export function withSbin() {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };
}

/** Runs a script's `main`, printing a SetupError as a sentence and anything else with its stack. */
export async function script(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `\nerror: ${error.message}` : error);
    process.exitCode = 1;
  }
}
