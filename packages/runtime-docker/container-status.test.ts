import { describe, expect, it } from "vitest";
import { milliseconds, startExitCode, startMessage } from "./container-status.ts";
import { containerName, podOfSandboxName, sandboxName, warmSandboxName } from "./naming.ts";
import { lowestOomScore } from "./oom-score.ts";
import { PullMeter } from "./pull-progress.ts";

describe("what the engine says about a failed start", () => {
  it.each([
    [
      'OCI runtime create failed: runc create failed: unable to start container process: exec: "foo": executable file not found in $PATH: unknown',
      'exec: "foo": executable file not found in $PATH',
      127,
    ],
    [
      'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc": permission denied: unknown',
      'exec: "/etc": permission denied',
      126,
    ],
    [
      "unable to find user nobody: no matching entries in passwd file",
      "unable to find user nobody: no matching entries in passwd file",
      128,
    ],
  ])("%s", (engine, message, code) => {
    expect(startMessage(engine)).toBe(message);
    expect(startExitCode(engine)).toBe(code);
  });
});

describe("names on the engine", () => {
  const pod = { namespace: "kube-system", name: "web.0", uid: "5b8a" };

  it("tell whose a sandbox is", () => {
    expect(podOfSandboxName(`/${sandboxName("my-cluster", pod)}`)).toEqual(pod);
    expect(podOfSandboxName(warmSandboxName("my-cluster", "ab12"))).toBeUndefined();
    expect(podOfSandboxName(containerName("my-cluster", pod, "app", 0))).toBeUndefined();
    expect(podOfSandboxName("/somebody-elses")).toBeUndefined();
  });
});

describe("times of the engine", () => {
  it("are milliseconds, or nothing yet", () => {
    expect(milliseconds("2026-11-23T19:03:01.570534477Z")).toBe(Date.UTC(2026, 10, 23, 19, 3, 1, 570));
    expect(milliseconds("0001-01-01T00:00:00Z")).toBeUndefined();
    expect(milliseconds("")).toBeUndefined();
  });
});

describe("the lowest OOM score", () => {
  it.each([
    ["000001ffffffffff", -1000],
    ["000001fffeffffff", 5],
  ])("with capabilities %s is %i", (capabilities, score) => {
    const files: Record<string, string> = {
      "/proc/self/status": `Name:\tx\nCapEff:\t${capabilities}\n`,
      "/proc/self/oom_score_adj": "5\n",
    };
    expect(lowestOomScore((path) => files[path]!)).toBe(score);
  });
});

describe("the progress of a pull", () => {
  it("counts layers and bytes, and what is there already", () => {
    const meter = new PullMeter();
    const take = (id: string, status: string, current?: number, total?: number) =>
      meter.take({ id, status, progressDetail: { ...(current !== undefined && { current }), ...(total !== undefined && { total }) } });
    expect(meter.take({ id: "1", status: "Pulling from library/bb" })).toBe(false);
    take("a", "Pulling fs layer");
    take("b", "Already exists");
    take("a", "Downloading", 10, 100);
    expect(meter.progress).toEqual({ layersDone: 1, layersTotal: 2, bytes: 10, totalBytes: 100 });
    take("a", "Extracting", 5, 100);
    take("a", "Pull complete");
    expect(meter.progress).toEqual({ layersDone: 2, layersTotal: 2, bytes: 100, totalBytes: 100 });
  });
});
