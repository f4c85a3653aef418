import { spawn, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execPath } from "node:process";
import { type Ran, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../index.ts";

const installed = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;
const MISSING = ["bash", "zsh", "fish"].filter((shell) => !installed(shell));
if (MISSING.length) console.warn(`completion is not tried in ${MISSING.join(", ")}: not installed`);

const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: { name: web-1 }
spec: { containers: [{ name: web, image: "web:1" }, { name: side, image: "side:1" }], initContainers: [{ name: first, image: "x" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-2, namespace: other }
spec: { containers: [{ name: web, image: "web:1" }] }
---
apiVersion: v1
kind: Node
metadata: { name: one }
`;

/** A suggestion is given up soon, and this machine may be busy. */
const PATIENTLY = "--request-timeout=1m";

let both: SideBySide;
beforeAll(async () => {
  both = await SideBySide.start(main);
  await both.wherry("create", "namespace", "other");
  for (const namespace of ["default", "other"]) await both.wherry("create", "serviceaccount", "robot", "-n", namespace);
  expect(await both.wherry("create", "-f", both.file("manifest.yaml", MANIFEST))).toMatchObject({ code: 0 });
});
afterAll(() => both?.close());

/** What is suggested for a line, and how the word goes on after it. */
async function suggested(line: string): Promise<{ texts: string[]; after: string }> {
  const { out }: Ran = await both.wherry("__complete", PATIENTLY, ...line.split(" "));
  const lines = out.trimEnd().split("\n");
  return { texts: lines.slice(0, -1).map((text) => text.split("\t")[0] as string), after: lines.at(-1) as string };
}

describe("suggestions", () => {
  it.each([
    ["ge", ["get"]],
    ["des", ["describe"]],
    ["rollout re", ["restart", "resume"]],
    ["create secret t", ["tls"]],
    ["get podt", ["podtemplates"]],
    ["get svc,nam", ["svc,namespaces"]],
    ["get pods ", ["web-1"]],
    ["get po web", ["web-1"]],
    ["get pods web-1 ", []],
    ["get pods -n other ", ["web-2"]],
    ["-n other get pods ", ["web-2"]],
    ["get --namespace=other pods ", ["web-2"]],
    ["get pod/we", ["pod/web-1"]],
    ["delete pods -n ot", ["other"]],
    ["delete pods --namespace=ot", ["--namespace=other"]],
    ["describe nodes ", ["one"]],
    ["cordon ", ["one"]],
    ["logs ", ["web-1"]],
    ["logs dep", ["deployments/"]],
    ["logs web-1 -c ", ["web", "side", "first"]],
    ["exec web-1 --container=s", ["--container=side"]],
    ["create token ro", ["robot"]],
    ["config use-context ", ["wherry"]],
    ["get --context ", ["wherry"]],
    ["get --user ", ["wherry-admin"]],
    ["get pods -o js", ["json", "jsonpath=", "jsonpath-as-json=", "jsonpath-file="]],
    ["get pods --output=ya", ["--output=yaml"]],
    ["apply --dry-run=", ["--dry-run=client", "--dry-run=none", "--dry-run=server"]],
    ["patch pod web-1 --type ", ["json", "merge", "strategic"]],
    ["get --show-l", ["--show-labels"]],
    ["get --all-n", ["--all-namespaces"]],
    ["logs --fol", ["--follow"]],
    ["completion ", ["bash", "fish", "zsh"]],
    ["completion b", ["bash"]],
    ["get nonsense ", []],
    ["nonsense ", []],
    ["get pods --kubeconfig /nowhere/at/all ", []],
  ])("%s", async (line, texts) => {
    expect((await suggested(line)).texts).toEqual(texts);
  });

  it("are files where a file is wanted, and behind --", async () => {
    expect(await suggested("apply -f ")).toEqual({ texts: [], after: ":files" });
    expect(await suggested("apply --filename=x")).toEqual({ texts: [], after: ":files" });
    expect(await suggested("exec web-1 -- l")).toEqual({ texts: [], after: ":files" });
  });

  it("say what each verb and flag is for", async () => {
    expect((await both.wherry("__complete", "get", "--watch-")).out).toBe("--watch-only\tonly changes\n:space\n");
    expect((await both.wherry("__complete", "")).out).toMatch(/^get\tprint objects$/m);
  });
});

describe("scripts", () => {
  let environment: NodeJS.ProcessEnv;
  beforeAll(() => {
    const root = join(import.meta.dirname, "..", "..", "..");
    const program = both.file("wherry", `#!/bin/sh\nexec '${execPath}' '${join(root, "cmd", "wherry", "main.ts")}' "$@"\n`);
    chmodSync(program, 0o755);
    environment = { ...process.env, ...both.env, PATH: both.folder + delimiter + process.env.PATH };
  });

  /** Without blocking this process: the server that is asked runs in it. */
  const run = (shell: string, script: string) =>
    new Promise<string[]>((resolve, reject) => {
      const child = spawn(shell, ["-c", script], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
      const said: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(said).toString().split("\n").filter(Boolean));
        else reject(new Error(`${shell} ended with ${code}`));
      });
    });

  describe.skipIf(MISSING.includes("bash"))("bash", () => {
    /** Sets what readline sets before it calls a completion, and prints what came of it. */
    const completed = (line: string) => {
      const words = line.split(/(?<=[=:])|(?=[=:])|\s/);
      return run(
        "bash",
        `source <(wherry completion bash); COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
         COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(" ")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
         __wherry_complete wherry "\${COMP_WORDS[COMP_CWORD]}" ""; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
    };

    it.each([
      [`wherry ${PATIENTLY} get pods we`, ["web-1"]],
      [`wherry ${PATIENTLY} get pods -n other `, ["web-2"]],
      [`wherry ${PATIENTLY} get pods --namespace=ot`, ["other"]],
      ["wherry get pods -o custom", ["custom-columns=", "custom-columns-file="]],
      [`wherry ${PATIENTLY} logs web-1 -c s`, ["side"]],
      ["wherry cord", ["cordon"]],
    ])("%s", async (line, words) => {
      expect(await completed(line)).toEqual(words);
    });

    it("leaves files to bash", async () => {
      expect(await completed(`wherry apply -f ${both.folder}/manif`)).toEqual([`${both.folder}/manifest.yaml`]);
    });
  });

  it.skipIf(MISSING.includes("zsh"))("zsh", async () => {
    // A completion runs inside the line editor only; what it would offer is written down here by the function that offers it.
    const offered = (...words: string[]) =>
      run(
        "zsh",
        `compdef() { :; }; _describe() { print -l -- "\${(@P)3}"; }; _files() { print FILES; }; source <(wherry completion zsh)
         words=(${words.map((word) => JSON.stringify(word)).join(" ")}); CURRENT=\${#words}; _wherry`,
      );
    expect(await offered("wherry", PATIENTLY, "get", "pods", "we")).toEqual(["web-1"]);
    expect(await offered("wherry", PATIENTLY, "get", "pods", "-n", "other", "")).toEqual(["web-2"]);
    expect(await offered("wherry", "cordo")).toEqual(["cordon:let no more pods come to a node"]);
    expect(await offered("wherry", "apply", "-f", "")).toEqual(["FILES"]);
  });

  it.skipIf(MISSING.includes("fish"))("fish", async () => {
    const offered = (line: string) => run("fish", `wherry completion fish | source; complete -C ${JSON.stringify(line)}`);
    expect(await offered(`wherry ${PATIENTLY} get pods we`)).toEqual(["web-1"]);
    expect(await offered(`wherry ${PATIENTLY} get pods -n other `)).toEqual(["web-2"]);
    expect(await offered("wherry cordo")).toEqual(["cordon\tlet no more pods come to a node"]);
  });

  it("are there for these shells only", async () => {
    expect(await both.wherry("completion", "tcsh")).toMatchObject({ code: 1, err: expect.stringContaining("use bash, zsh, fish") });
    expect(await both.wherry("completion")).toMatchObject({ code: 1, err: expect.stringContaining("Shell not specified") });
  });
});
