import { describe, expect, it } from "vitest";
import { EngineGate, type EngineStep } from "./engine-gate.ts";

describe("EngineGate", () => {
  it("lets the last steps of pods go first, and never too many at once", async () => {
    const gate = new EngineGate(1);
    const done: string[] = [];
    let inside = 0;
    const call = (step: EngineStep, name: string) =>
      gate.run(step, async () => {
        expect(++inside).toBe(1);
        await Promise.resolve();
        inside--;
        done.push(name);
      });
    expect(gate.idle).toBe(true);
    const calls = [call("sandbox", "s1"), call("sandbox", "s2"), call("create", "c1"), call("start", "r1"), call("create", "c2")];
    expect(gate.idle).toBe(false);
    await Promise.all(calls);
    expect(done).toEqual(["s1", "r1", "c1", "c2", "s2"]);
    expect(gate.idle).toBe(true);
  });

  it("gives the place back when a call fails", async () => {
    const gate = new EngineGate(1);
    await expect(gate.run("start", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await gate.run("start", async () => 1)).toBe(1);
  });
});
