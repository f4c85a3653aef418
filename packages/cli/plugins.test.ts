import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasKubectl, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "./index.ts";

if (!hasKubectl) console.warn("plugins are not compared with kubectl's: it is not installed");

const SCRIPT = '#!/bin/sh\necho "$(basename "$0"): $*"\ncase "$1" in [1-9]) exit "$1" ;; *) exit 0 ;; esac\n';
const PLUGINS = [
  "a/kubectl-foo",
  "a/kubectl-foo-bar",
  "a/kubectl-x_y",
  "a/kubectl-get",
  "a/kubectl-create-zed",
  "a/kubectl-create-configmap",
  "b/kubectl-foo",
];

describe("plugins", () => {
  let both: SideBySide;
  const folder = (name: string) => join(both.folder, name);

  beforeAll(async () => {
    both = await SideBySide.start(main);
    for (const name of ["a", "b", "own", "empty"]) mkdirSync(folder(name));
    for (const name of [...PLUGINS, "own/wherry-foo"]) {
      writeFileSync(folder(name), SCRIPT);
      chmodSync(folder(name), 0o755);
    }
    writeFileSync(folder("a/kubectl-no"), SCRIPT);
  });
  afterAll(() => both?.close());
  afterEach(() => vi.unstubAllEnvs());
  const search = (...names: string[]) => vi.stubEnv("PATH", [...names.map(folder), "/usr/bin", "/bin"].join(":"));

  /** A plugin writes on the very terminal: wherry runs as a process here. */
  const WHERRY = join(import.meta.dirname, "..", "..", "wherry");
  const wherry = (...args: string[]) =>
    new Promise<{ code: number | null; out: string }>((resolve, reject) => {
      const node = join(import.meta.dirname, "..", "..", ".node", "bin");
      const env = { ...process.env, ...both.env, PATH: `${process.env.PATH}:${node}` };
      const child = spawn(WHERRY, args, { env, stdio: ["ignore", "pipe", "inherit"] });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        out += chunk;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out }));
    });

  it
    .skipIf(!hasKubectl)
    .each([
      ["foo"],
      ["foo 3 b"],
      ["foo bar"],
      ["foo bar --x 1"],
      ["foo --x bar"],
      ["foo 7 -- -x"],
      ["x-y 1"],
      ["create zed 4"],
      ["create configmap c --dry-run=client -o name"],
    ])("run as kubectl's do: %s", async (line) => {
    search("a", "b");
    const { code, out } = await both.kubectl(...line.split(" "));
    expect(await wherry(...line.split(" "))).toEqual({ code, out });
  });

  it.skipIf(!hasKubectl).each([["no such"], ["no"], ["--v=1 foo"]])("do not run, as kubectl's do not: %s", async (line) => {
    search("a", "b");
    const [theirs, ours] = [await both.kubectl(...line.split(" ")), await both.wherry(...line.split(" "))];
    expect(ours.code).toBe(theirs.code);
    expect(ours.err.split("\n")[0]?.toLowerCase()).toBe(theirs.err.split("\n")[0]?.replace('"kubectl"', '"wherry"').toLowerCase());
  });

  it.skipIf(!hasKubectl).each([
    [["a", "b"], "plugin list"],
    [["a", "b"], "plugin list --name-only"],
    [["b"], "plugin list"],
    [["nothing", "b"], "plugin list"],
  ] as const)("of %s are listed as by kubectl: %s", async (folders, line) => {
    vi.stubEnv("PATH", folders.map(folder).join(":"));
    const theirs = await kubectlPlugins(line.split(" "));
    expect(await both.wherry(...line.split(" "))).toEqual(theirs);
  });

  it("are none where there are none", async () => {
    vi.stubEnv("PATH", folder("empty"));
    expect(await both.wherry("plugin", "list")).toMatchObject({ code: 1, err: "error: unable to find any kubectl plugins in your PATH\n" });
  });

  it("of wherry's own come first", async () => {
    search("a", "own");
    expect(await wherry("foo", "5")).toEqual({ code: 5, out: "wherry-foo: 5\n" });
  });

  /** The newest: a Google Cloud SDK's plain kubectl is a program that needs others of the PATH. */
  async function kubectlPlugins(words: string[]) {
    const { newestKubectl } = await import("@wherry/testkit/kubectl.ts");
    const path = process.env.PATH;
    vi.unstubAllEnvs();
    const binary = newestKubectl(33) as string;
    return new Promise((resolve, reject) => {
      const child = spawn(binary, words, { env: { ...both.env, PATH: path }, stdio: ["ignore", "pipe", "pipe"] });
      const texts = { out: "", err: "" };
      for (const key of ["out", "err"] as const)
        child[key === "out" ? "stdout" : "stderr"].setEncoding("utf8").on("data", (chunk: string) => {
          texts[key] += chunk;
        });
      vi.stubEnv("PATH", path);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...texts }));
    });
  }
});
