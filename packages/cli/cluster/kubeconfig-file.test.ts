import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigYaml } from "@wherry/pki";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { parse } from "yaml";
import { UsageError } from "../errors.ts";
import { editKubeconfig, mergeKubeconfig, removeFromKubeconfig, userKubeconfig } from "./kubeconfig-file.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  path = join(dir, ".kube", "config");
  mkdirSync(join(dir, ".kube"));
  return () => rmSync(dir, { recursive: true });
});

const ours = (server = "https://127.0.0.1:6443", name = "wherry") =>
  kubeconfigYaml({ server, ca: "CA", cert: "CERT", key: "KEY", cluster: name, user: name, context: name });

const OTHERS = `# mine, keep it
apiVersion: v1
kind: Config
preferences: {}
clusters:
# the big one
- name: work
  cluster:
    server: https://work.example # behind the VPN
contexts:
- name: work
  context:
    cluster: work
    user: me
users:
- name: me
  user:
    token: secret
current-context: work
`;

const read = () => parse(readFileSync(path, "utf8"));
const names = (list: "clusters" | "contexts" | "users") => read()[list].map((e: { name: string }) => e.name);

describe("merging", () => {
  it("makes the file and its folder, private, when there is none", async () => {
    rmSync(join(dir, ".kube"), { recursive: true });
    await mergeKubeconfig(path, ours());
    const { preferences: _, ...content } = parse(ours());
    expect(read()).toEqual(content);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, ".kube")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(dir, ".kube"))).toEqual(["config"]);
    expect(readFileSync(path, "utf8")).toMatch(/^apiVersion: v1\nkind: Config\nclusters:\n- name: wherry\n/);
  });

  it("keeps other entries and every comment, and makes its context the current one", async () => {
    writeFileSync(path, OTHERS);
    await mergeKubeconfig(path, ours());
    const text = readFileSync(path, "utf8");
    for (const comment of ["# mine, keep it\n", "# the big one\n", "# behind the VPN\n"]) expect(text).toContain(comment);
    expect([names("clusters"), names("contexts"), names("users")]).toEqual([
      ["work", "wherry"],
      ["work", "wherry"],
      ["me", "wherry"],
    ]);
    expect(read().users[0]).toEqual(parse(OTHERS).users[0]);
    expect(read()["current-context"]).toBe("wherry");
  });

  it("replaces entries of the same name", async () => {
    writeFileSync(path, OTHERS);
    await mergeKubeconfig(path, ours("https://127.0.0.1:1"));
    await mergeKubeconfig(path, ours("https://127.0.0.1:2"));
    expect(names("clusters")).toEqual(["work", "wherry"]);
    expect(read().clusters[1].cluster.server).toBe("https://127.0.0.1:2");
  });

  it.each(["", "# nothing yet\n", "{}", "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: []\nusers: null\n"])(
    "works on a file that names nothing: %j",
    async (text) => {
      writeFileSync(path, text);
      await mergeKubeconfig(path, ours());
      expect(names("contexts")).toEqual(["wherry"]);
      expect(readFileSync(path, "utf8")).toContain("contexts:\n- name: wherry\n");
      if (text.startsWith("#")) expect(readFileSync(path, "utf8")).toContain("# nothing yet");
    },
  );

  it("makes a file that others could read private", async () => {
    writeFileSync(path, OTHERS);
    chmodSync(path, 0o644);
    await mergeKubeconfig(path, ours());
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("writes through a link to the file, and through no link in place of its new copy", async () => {
    const real = join(dir, "real");
    const victim = join(dir, "victim");
    writeFileSync(real, OTHERS);
    writeFileSync(victim, "untouched");
    symlinkSync(real, path);
    symlinkSync(victim, `${real}.new`);
    await mergeKubeconfig(path, ours());
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(lstatSync(real).isFile()).toBe(true);
    expect(names("contexts")).toEqual(["work", "wherry"]);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
  });

  // Only root can give a file away; for others the owner is themselves.
  const owner = process.getuid?.() === 0 ? ([1234, 1235] as const) : ([process.getuid?.() ?? 0, process.getgid?.() ?? 0] as const);
  const ownerOf = (file: string) => [statSync(file).uid, statSync(file).gid];

  it("keeps the file's owner", async () => {
    writeFileSync(path, OTHERS);
    chownSync(path, ...owner);
    await mergeKubeconfig(path, ours());
    expect(ownerOf(path)).toEqual(owner);
  });

  it("gives a new file and its folder to the owner of the home they are in", async () => {
    rmSync(join(dir, ".kube"), { recursive: true });
    chownSync(dir, ...owner);
    await mergeKubeconfig(path, ours());
    expect([ownerOf(path), ownerOf(join(dir, ".kube"))]).toEqual([owner, owner]);
  });
});

describe("a file that is no kubeconfig", () => {
  it.each([
    ["clusters: [", "is not valid YAML ("],
    ["- a\n", "is not a kubeconfig (a map is wanted at its top): mend it"],
    ["just words\n", "is not a kubeconfig (a map is wanted at its top): mend it"],
    ["contexts: {}\n", "is not a kubeconfig (contexts is no list of entries): mend it"],
    ["users: [a]\n", "is not a kubeconfig (users is no list of entries): mend it"],
  ])("is refused and left alone: %j", async (text, why) => {
    writeFileSync(path, text);
    for (const attempt of [() => mergeKubeconfig(path, ours()), () => removeFromKubeconfig(path, "wherry")]) {
      await expect(attempt()).rejects.toThrow(UsageError);
      await expect(attempt()).rejects.toThrow(`${path} ${why}`);
    }
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(readdirSync(join(dir, ".kube"))).toEqual(["config"]);
  });
});

describe("removing", () => {
  it("takes out only what was merged", async () => {
    writeFileSync(path, OTHERS);
    await mergeKubeconfig(path, ours());
    await mergeKubeconfig(path, ours("https://127.0.0.1:6444", "wherry-two"));
    await removeFromKubeconfig(path, "wherry");
    expect([names("clusters"), names("contexts"), names("users")]).toEqual([
      ["work", "wherry-two"],
      ["work", "wherry-two"],
      ["me", "wherry-two"],
    ]);
    expect(read()["current-context"]).toBe("wherry-two");
    await removeFromKubeconfig(path, "wherry-two");
    expect(readFileSync(path, "utf8")).toBe(OTHERS.replace("current-context: work", 'current-context: ""'));
  });

  it("removes the file when nothing is left in it", async () => {
    await mergeKubeconfig(path, ours());
    await editKubeconfig(path, (document) => document.set("preferences", {}));
    await removeFromKubeconfig(path, "wherry");
    expect(readdirSync(join(dir, ".kube"))).toEqual([]);
  });

  it("keeps a file with anything else in it", async () => {
    await mergeKubeconfig(path, ours());
    await editKubeconfig(path, (document) => document.set("extensions", []));
    await removeFromKubeconfig(path, "wherry");
    expect(read()).toEqual({
      apiVersion: "v1",
      kind: "Config",
      clusters: [],
      contexts: [],
      users: [],
      "current-context": "",
      extensions: [],
    });
  });

  it("does nothing without a file", async () => {
    await removeFromKubeconfig(path, "wherry");
    expect(existsSync(path)).toBe(false);
  });
});

describe("the user's own kubeconfig", () => {
  const withEnv = (env: Record<string, string | undefined>) => {
    for (const [key, value] of Object.entries(env)) vi.stubEnv(key, value);
    onTestFinished(() => void vi.unstubAllEnvs());
  };

  it("is the first of KUBECONFIG", () => {
    withEnv({ KUBECONFIG: ":/a/config:/b/config" });
    expect(userKubeconfig()).toBe("/a/config");
  });

  it("is in the home folder otherwise", () => {
    withEnv({ KUBECONFIG: undefined, SUDO_UID: undefined, HOME: dir });
    expect(userKubeconfig()).toBe(path);
  });
});
