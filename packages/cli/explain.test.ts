import { hasKubectl, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("explanations are not compared with kubectl's: it is not installed");

describe.skipIf(!hasKubectl)("explain, beside kubectl", () => {
  let both: SideBySide;
  let kinds: { type: string; apiVersion: string }[];
  beforeAll(async () => {
    both = await SideBySide.start(main);
    const { out } = await both.wherry("api-resources", "--no-headers");
    kinds = out
      .trimEnd()
      .split("\n")
      .map((line) => {
        const [name = "", ...rest] = line.split(/ +/);
        const apiVersion = rest.at(-3) as string;
        return { apiVersion, type: name };
      });
  });
  afterAll(() => both?.close());

  it.each([
    "deployments.apps",
    "deployments.apps.spec.replicas",
    "pod.spec.containers.resources",
    "pod.spec.containers",
    "pod.metadata.labels",
    "pods.nothing",
    "nothing",
  ])("%s", async (path) => {
    const [theirs, ours] = [await both.kubectl("explain", path), await both.wherry("explain", path)];
    expect({ code: ours.code, out: ours.out }).toEqual({ code: theirs.code, out: theirs.out });
  });

  it.each([[[]], [["--recursive"]]])("of every kind, with %j", { timeout: 300_000 }, async (flags: string[]) => {
    expect(kinds.length).toBeGreaterThan(50);
    const different: string[] = [];
    for (const { type, apiVersion } of kinds) {
      const args = ["explain", type, `--api-version=${apiVersion}`, ...flags];
      const [theirs, ours] = [await both.kubectl(...args), await both.wherry(...args)];
      const [a, b] = [theirs, ours].map(({ code, out, err }) => `${code} ${err}${out}`) as [string, string];
      if (a !== b) different.push(`${type}: ${firstDifference(a, b)}`);
    }
    expect(different).toEqual([]);
  });
});

function firstDifference(theirs: string, ours: string): string {
  const [a, b] = [theirs.split("\n"), ours.split("\n")];
  const at = a.findIndex((line, i) => line !== b[i]);
  return `line ${at}: ${JSON.stringify(a[at])} is ${JSON.stringify(b[at])}`;
}
