import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { READY_FD, reportReadiness } from "./readiness.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "readiness-"));
  return () => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  };
});

/** The descriptor that the environment names now. */
function named(): number {
  const fd = openSync(join(dir, "said"), "w");
  vi.stubEnv(READY_FD, String(fd));
  return fd;
}

const said = () => readFileSync(join(dir, "said"), "utf8");

it("is one line of JSON, and the descriptor is closed after it", () => {
  const fd = named();
  reportReadiness({ error: 'port "1" is taken\nby another' });
  expect(said()).toBe('{"error":"port \\"1\\" is taken\\nby another"}\n');
  expect(() => fstatSync(fd)).toThrow("EBADF");
});

it("is told once", () => {
  named();
  reportReadiness({ ready: true });
  reportReadiness({ error: "too late" });
  expect(said()).toBe('{"ready":true}\n');
  expect(process.env[READY_FD]).toBeUndefined();
});

it("is told to nobody when nobody asks", () => {
  for (const value of [undefined, "", "x"]) {
    vi.stubEnv(READY_FD, value);
    expect(() => reportReadiness({ ready: true })).not.toThrow();
  }
});

it("is no error when whoever asked has gone", () => {
  closeSync(named());
  expect(() => reportReadiness({ ready: true })).not.toThrow();
  expect(said()).toBe("");
});
