import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKubeconfig } from "./kubeconfig.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});
afterEach(() => rm(home, { recursive: true }));

async function write(name: string, content: object | string): Promise<string> {
  const path = join(home, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const config = (name: string, user: object = { token: `token-${name}` }, cluster: object = {}) => ({
  apiVersion: "v1",
  kind: "Config",
  "current-context": name,
  clusters: [{ name, cluster: { server: `https://${name}:6443`, ...cluster } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
});

const exec = (changes: object) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command: "aws", interactiveMode: "Never", ...changes },
});

describe("loadKubeconfig", () => {
  it("reads ~/.kube/config when nothing else is said", async () => {
    await write(".kube/config", config("a"));
    expect(await loadKubeconfig({ env: { HOME: home } })).toEqual({
      context: "a",
      cluster: "a",
      user: "a",
      namespace: "ns-a",
      transport: { server: "https://a:6443", token: "token-a" },
    });
  });

  it("merges the files of KUBECONFIG: the first that says something wins, absent ones are skipped", async () => {
    const a = await write("a", config("a"));
    const b = await write("b", { ...config("b"), users: [{ name: "a", user: { token: "other" } }, ...config("b").users] });
    const env = { HOME: home, KUBECONFIG: [join(home, "absent"), "", a, b].join(delimiter) };
    expect(await loadKubeconfig({ env })).toMatchObject({ context: "a", transport: { token: "token-a" } });
    expect(await loadKubeconfig({ env, context: "b" })).toMatchObject({ context: "b", transport: { server: "https://b:6443" } });
  });

  it("prefers an explicit path", async () => {
    const a = await write("a", config("a"));
    const b = await write("b", config("b"));
    expect(await loadKubeconfig({ path: b, env: { KUBECONFIG: a } })).toMatchObject({ context: "b" });
  });

  it("takes embedded data before files, and files relative to the kubeconfig", async () => {
    await write("pki/ca.crt", "CA");
    await write("pki/key", "KEY");
    const user = { "client-certificate-data": base64("CERT"), "client-certificate": "absent", "client-key": "pki/key" };
    const path = await write("c", config("c", user, { "certificate-authority": "pki/ca.crt", "tls-server-name": "kubernetes" }));
    const { transport } = await loadKubeconfig({ path });
    expect(transport).toEqual({ server: "https://c:6443", ca: "CA", cert: "CERT", key: "KEY", serverName: "kubernetes" });
  });

  it("reads a token from its file, and knows basic authentication and insecure clusters", async () => {
    await write("token", "from-file\n");
    const path = await write("c", config("c", { tokenFile: "token" }, { "insecure-skip-tls-verify": true }));
    expect((await loadKubeconfig({ path })).transport).toMatchObject({ token: "from-file", insecure: true });
    const basic = await write("d", config("d", { username: "u", password: "p" }));
    expect((await loadKubeconfig({ path: basic })).transport).toMatchObject({ username: "u", password: "p" });
  });

  it.each([
    ["nothing there", undefined, "there is no kubeconfig at"],
    ["no YAML", "a: [", "is not valid"],
    ["a list", "- a", "it is not a mapping"],
    ["no current context", { ...config("a"), "current-context": "" }, "no context is chosen"],
    ["an unknown context", { ...config("a"), "current-context": "x" }, 'no context "x": it has a'],
    ["an unknown cluster", { ...config("a"), clusters: [] }, 'no cluster of context "a": "a"'],
    ["an unknown user", { ...config("a"), users: [] }, 'no user of context "a": "a"'],
    ["no server", { ...config("a"), clusters: [{ name: "a", cluster: {} }] }, "has no server"],
    ["an exec plugin of no version", config("a", { exec: { command: "aws" } }), "apiVersion must be specified for a to use exec"],
    ["an exec plugin of an old version", config("a", exec({ apiVersion: "client.authentication.k8s.io/v1alpha1" })), "invalid apiVersion"],
    ["an exec plugin without command", config("a", exec({ command: "" })), "command must be specified for a to use exec"],
    ["an exec plugin without mode", config("a", exec({ interactiveMode: undefined })), "interactiveMode must be specified for a"],
    ["an exec plugin of an unknown mode", config("a", exec({ interactiveMode: "Bad" })), 'invalid interactiveMode for a: "Bad"'],
    ["an auth provider", config("a", { "auth-provider": { name: "gcp" } }), "credentials from an auth provider"],
    ["a proxy", config("a", {}, { "proxy-url": "http://p" }), "proxy"],
    ["an absent key", config("a", { "client-key": "absent" }), "names a file that cannot be read"],
  ])("says clearly what is wrong: %s", async (_, content, message) => {
    const path = content === undefined ? join(home, "absent") : await write("bad", content);
    await expect(loadKubeconfig({ path })).rejects.toThrow(message);
  });
});
