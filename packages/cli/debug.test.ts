import { spawn } from "node:child_process";
import { newestKubectl } from "@wherry/testkit/kubectl.ts";
import { type Ran, SideBySide } from "@wherry/testkit/side-by-side.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "./index.ts";

// kubectl's own words and profiles change: those of 1.33 and later are compared with.
const KUBECTL = newestKubectl(33);
if (!KUBECTL) console.warn("debugging is not compared with kubectl's: none of version 1.33 or newer is installed");

const PROBE = "{ exec: { command: [x] } }";
const MANIFEST = `
apiVersion: v1
kind: Node
metadata: { name: one }
---
apiVersion: v1
kind: Pod
metadata: { name: app, labels: { run: app }, annotations: { a: b } }
spec:
  nodeName: one
  initContainers: [{ name: i, image: i }]
  containers:
  - { name: app, image: "app:1", securityContext: { runAsUser: 5, capabilities: { add: [KILL] } }, livenessProbe: ${PROBE}, readinessProbe: ${PROBE}, startupProbe: ${PROBE} }
  - { name: side, image: "side:1" }
`;

const PROFILES = ["legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"];

const MADE = [
  ...PROFILES.map((profile) => `app --image=dbg --copy-to=COPY -c dbg --profile=${profile}`),
  ...PROFILES.map((profile) => `app --image=dbg --copy-to=COPY -c app --profile=${profile} -- sh -c x`),
  ...PROFILES.map((profile) => `node/one --image=dbg --profile=${profile}`),
  "app --image=dbg --copy-to=COPY",
  "app --image=dbg --copy-to=COPY --profile=general --keep-labels --keep-annotations --keep-liveness --keep-readiness --keep-startup",
  "app --image=dbg --copy-to=COPY --profile=general --keep-init-containers=false --share-processes=false --same-node",
  "app --image=dbg --copy-to=COPY --profile=restricted --custom=CUSTOM --env=Z=z -c dbg",
  "app --image=dbg --copy-to=COPY --share-processes --keep-labels --quiet -c dbg",
  "app --copy-to=COPY --set-image=app=x,side=y --same-node",
  "app --copy-to=COPY --set-image=*=x --profile=general --share-processes=false",
  "app --image=dbg --copy-to=COPY --set-image=side=y --profile=sysadmin -c dbg --arguments-only -- a b",
  "node/one --image=dbg --profile=sysadmin --custom=CUSTOM -- sh",
];

const REFUSED = [
  "app --image=dbg --profile=auto",
  "app --image=dbg --profile=general --custom=/nonexistent",
  "app --image=dbg --profile=general --custom=FIXED",
  "app --image=dbg --same-node",
  "app --image=dbg --replace",
  "app --set-image=a=b",
  "app --copy-to=c",
  "app --image=dbg --copy-to=c --target=app",
  "app --image=dbg -t",
  "nobody --image=dbg --copy-to=c --profile=general",
];

describe("debug", () => {
  let both: SideBySide;
  let files: Record<string, string>;
  beforeAll(async () => {
    both = await SideBySide.start(main);
    expect(await both.wherry("apply", "-f", both.file("m.yaml", MANIFEST))).toMatchObject({ code: 0 });
    const custom = "securityContext: { capabilities: { add: [X] } }\nenv: [{ name: E, value: e }]\nresources: { limits: { cpu: 1 } }\n";
    files = { CUSTOM: both.file("c.yaml", custom), FIXED: both.file("d.json", '{"name":"x","image":"y"}') };
  });
  afterAll(() => both?.close());

  const kubectl = (...args: string[]) =>
    new Promise<Ran>((resolve, reject) => {
      const child = spawn(KUBECTL as string, args, { env: { ...process.env, ...both.env }, stdio: ["ignore", "pipe", "pipe"] });
      const texts = { out: "", err: "" };
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        texts.out += chunk;
      });
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        texts.err += chunk;
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...texts }));
    });
  const words = (line: string, copy: string) => [
    "debug",
    ...line.split(" ").map((word) => word.replace("COPY", copy).replace(/CUSTOM|FIXED/, (name) => files[name] as string)),
  ];
  const withoutNames = (text: string) => text.replaceAll(/(debugger-(one-)?)[a-z0-9]{5}\b/g, "$1NAME");

  /** What was said, and the pod that was made, without what names it. */
  async function made(run: (...words: string[]) => Promise<Ran>, line: string, copy: string) {
    const { code, out, err } = await run(...words(line, copy));
    const name = /node-debugger-\S+/.exec(out + err)?.[0] ?? copy;
    const { metadata, spec } = JSON.parse((await both.wherry("get", "pod", name, "-o", "json")).out);
    return {
      code,
      said: withoutNames(out + err),
      labels: metadata.labels,
      annotations: metadata.annotations,
      spec: JSON.parse(withoutNames(JSON.stringify(spec))),
    };
  }

  it.skipIf(!KUBECTL).each(MADE.map((line, i) => [line, i] as const))("makes the pod that kubectl makes: %s", async (line, i) => {
    const ours = await made((...args) => both.wherry(...args), line, `ours-${i}`);
    expect(ours).toEqual(await made(kubectl, line, `theirs-${i}`));
    expect(ours.code).toBe(0);
  });

  it.skipIf(!KUBECTL).each(REFUSED)("refuses as kubectl does: %s", async (line) => {
    const [theirs, ours] = [await kubectl(...words(line, "c")), await both.wherry(...words(line, "c"))];
    expect(ours.err.split("\nSee")[0]).toBe(theirs.err.split("\nSee")[0]);
    expect(ours.code).toBe(1);
  });

  it("says so where the server has no ephemeral containers, and what to do instead", async () => {
    const { code, err } = await both.wherry("debug", "app", "--image=dbg", "--profile=general", "-c", "dbg");
    expect(err).toBe("error: the server does not serve pods/ephemeralcontainers: work on a copy of the pod with --copy-to\n");
    expect(code).toBe(1);
  });

  it("takes the pod's place with --replace", async () => {
    await both.wherry("run", "gone", "--image=x");
    expect(await both.wherry("debug", "gone", "--copy-to=instead", "--replace", "--set-image=*=y")).toMatchObject({ code: 0 });
    expect((await both.wherry("get", "pod", "gone", "--ignore-not-found", "-o", "jsonpath={.metadata.deletionTimestamp}")).out).toMatch(
      /^$|^\d{4}-/,
    );
  });
});

describe("diff --prune", () => {
  let both: SideBySide;
  beforeAll(async () => {
    both = await SideBySide.start(main);
  });
  afterAll(() => both?.close());

  it.each([[[]], [["--prune-allowlist=core/v1/ConfigMap"]], [["--prune-allowlist=core/v1/Secret"]], [["--prune-allowlist=nonsense"]]])(
    "shows what apply --prune would delete: %j",
    async (flags: string[]) => {
      const object = (kind: string, name: string) =>
        `apiVersion: v1\nkind: ${kind}\nmetadata: { name: ${name}, labels: { app: a } }\n---\n`;
      const all = both.file("all.yaml", object("ConfigMap", "stays") + object("ConfigMap", "goes") + object("Secret", "secret"));
      await both.wherry("apply", "-f", all);
      const one = both.file("one.yaml", object("ConfigMap", "stays"));
      const args = ["diff", "--prune", "-l", "app=a", "-f", one, ...flags];
      const ours = await both.wherry(...args);
      const normal = ({ code, out, err }: Ran) => ({
        code,
        err: err.replaceAll(/^W\d{4} .*\n/gm, "").split("\n")[0],
        out: out.replaceAll(/^(diff|---|\+\+\+) .*$/gm, (line) => line.replaceAll(/\/\S*\/|\t.*$/g, "")),
      });
      expect(ours.out.includes("-  name: goes")).toBe(!flags.some((flag) => /Secret|nonsense/.test(flag)));
      if (KUBECTL) expect(normal(ours)).toEqual(normal(await both.kubectl(...args)));
    },
  );
});
