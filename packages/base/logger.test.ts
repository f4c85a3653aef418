import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";

const LOGGER = new URL("./logger.ts", import.meta.url);
const LINES = 50;

const run = (stderr: number | "pipe") => {
  const code = `import { createLogger } from ${JSON.stringify(LOGGER)};
    const log = createLogger();
    for (let i = 0; i < ${LINES}; i++) log.warn("line " + i, { i });
    console.log("alive");`;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", stderr], encoding: "utf8" });
};

it("writes a line of JSON for each message", () => {
  const lines = run("pipe").stderr.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line)).map(({ msg, i }) => [msg, i])).toEqual(
    Array.from({ length: LINES }, (_, i) => [`line ${i}`, i]),
  );
});

it("harms nobody when its lines cannot be written", () => {
  const full = openSync("/dev/full", "w");
  expect(run(full)).toMatchObject({ stdout: "alive\n", status: 0 });
  closeSync(full);
});
