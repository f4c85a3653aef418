import { X509Certificate } from "node:crypto";
import { globSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { ensureClusterPki, ensureNodePki } from "./index.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);
const hosts = ["host.example", "192.0.2.1", "2001:db8::1"];
let dir: string;

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), "wherry-pki-"));
  dir = join(parent, "pki");
  onTestFinished(() => rm(parent, { recursive: true }));
});

const ensure = (now = NOW, names: readonly string[] = hosts) => ensureClusterPki({ dir, hosts: names, now });

/** Every file below the folder, and what is in it. */
async function contents(): Promise<Record<string, string>> {
  const files = globSync("**/*.{crt,key,pub}", { cwd: dir }).toSorted();
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(join(dir, file), "utf8")])));
}

function subjectOf(pem: string): string {
  return new X509Certificate(pem).subject;
}

test("gives each part its own user and groups", async () => {
  const pki = await ensure();
  const node = await ensureNodePki({ pki, name: "node-1", hosts: ["192.0.2.7"], now: NOW });
  expect(subjectOf(pki.admin.cert)).toBe("O=system:masters\nCN=kubernetes-admin");
  expect(subjectOf(pki.controllerManager.cert)).toBe("CN=system:kube-controller-manager");
  expect(subjectOf(pki.scheduler.cert)).toBe("CN=system:kube-scheduler");
  expect(subjectOf(pki.agentClient.cert)).toBe("O=system:masters\nCN=kube-apiserver-kubelet-client");
  expect(subjectOf(node.client.cert)).toBe("O=system:nodes\nCN=system:node:node-1");
  expect(new X509Certificate(node.server.cert).subjectAltName).toBe("DNS:node-1, IP Address:192.0.2.7");
});

test("a CA is valid for ten years, the others for one, and all from a little earlier", async () => {
  const pki = await ensure();
  const ca = new X509Certificate(pki.ca.cert);
  expect([ca.ca, ca.validToDate.getTime()]).toEqual([true, NOW + 3650 * DAY]);
  const server = new X509Certificate(pki.server.cert);
  expect([server.ca, server.validToDate.getTime(), server.validFromDate.getTime()]).toEqual([false, NOW + 365 * DAY, NOW - 3_600_000]);
  expect(server.checkIssued(ca)).toBe(true);
});

test("the server's certificate names every host", async () => {
  const server = new X509Certificate((await ensure()).server.cert);
  const names = ["localhost", "kubernetes", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "host.example"];
  for (const name of names) expect(server.checkHost(name)).toBe(name);
  for (const ip of ["127.0.0.1", "::1", "192.0.2.1", "2001:db8::1"]) expect(server.checkIP(ip)).toBe(ip);
  expect(server.checkHost("other.example")).toBeUndefined();
});

test("changes nothing when it is called again", async () => {
  const pki = await ensure();
  await ensureNodePki({ pki, name: "node-1", hosts: [], now: NOW });
  const before = await contents();
  const again = await ensure(NOW + 100 * DAY, hosts.toReversed());
  await ensureNodePki({ pki: again, name: "node-1", hosts: [], now: NOW + 100 * DAY });
  expect(await contents()).toEqual(before);
  expect(again).toEqual(pki);
  expect(Object.keys(before)).toContain("nodes/node-1/client.crt");
});

test("a change of hosts issues the server's certificate again, and no other", async () => {
  await ensure();
  const before = await contents();
  for (const changed of [[...hosts, "new.example"], hosts.slice(1)]) {
    await ensure(NOW, changed);
    const after = await contents();
    const different = Object.keys(before).filter((file) => before[file] !== after[file]);
    expect(different).toEqual(["apiserver.crt", "apiserver.key"]);
  }
});

test("a certificate that ends soon is issued again; the CA and the account keys stay", async () => {
  await ensure();
  const before = await contents();
  const { server } = await ensure(NOW + 300 * DAY);
  const after = await contents();
  const same = Object.keys(before).filter((file) => before[file] === after[file]);
  expect(same).toEqual(["ca.crt", "ca.key", "sa.key", "sa.pub"]);
  expect(new X509Certificate(server.cert).validToDate.getTime()).toBe(NOW + 665 * DAY);
});

test("the CA is renewed with its own key, so that what it issued before stays valid", async () => {
  const first = await ensure();
  const later = await ensure(NOW + 9 * 365 * DAY);
  expect(later.ca.key).toBe(first.ca.key);
  const renewed = new X509Certificate(later.ca.cert);
  expect(renewed.validToDate.getTime()).toBe(NOW + (9 * 365 + 3650) * DAY);
  expect(new X509Certificate(first.admin.cert).checkIssued(renewed)).toBe(true);
});

test("nobody else may read anything, even when the files were open before", async () => {
  await ensure();
  await chmod(join(dir, "admin.key"), 0o644);
  await ensure();
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  for (const file of Object.keys(await contents())) expect([file, (await stat(join(dir, file))).mode & 0o777]).toEqual([file, 0o600]);
});

test("a damaged or missing certificate is issued again", async () => {
  await ensure();
  await writeFile(join(dir, "scheduler.crt"), "not a certificate");
  await rm(join(dir, "admin.key"));
  await writeFile(join(dir, "controller-manager.key"), await readFile(join(dir, "scheduler.key")));
  const pki = await ensure();
  const ca = new X509Certificate(pki.ca.cert);
  for (const { cert } of [pki.scheduler, pki.admin, pki.controllerManager])
    expect(new X509Certificate(cert).verify(ca.publicKey)).toBe(true);
});

test("certificates of another CA are issued again", async () => {
  await ensure();
  await rm(join(dir, "ca.crt"));
  await rm(join(dir, "ca.key"));
  const pki = await ensure();
  const ca = new X509Certificate(pki.ca.cert);
  for (const { cert } of [pki.server, pki.admin, pki.agentClient]) expect(new X509Certificate(cert).verify(ca.publicKey)).toBe(true);
});

test("a CA without its key is an error that says what to do", async () => {
  await ensure();
  await rm(join(dir, "ca.key"));
  await expect(ensure()).rejects.toThrow(
    `the CA's key ${join(dir, "ca.key")} is missing: restore it from a backup, or remove ${dir} for a new CA`,
  );
  await writeFile(join(dir, "ca.key"), await readFile(join(dir, "admin.key")));
  await expect(ensure()).rejects.toThrow("does not belong to its certificate");
});

test("a first call that was cut short after the CA's key is completed with that key", async () => {
  const { ca } = await ensure();
  await rm(join(dir, "ca.crt"));
  const again = await ensure();
  expect(again.ca.key).toBe(ca.key);
  expect(new X509Certificate(again.admin.cert).verify(new X509Certificate(again.ca.cert).publicKey)).toBe(true);
});

test("what is not a host or a node is refused", async () => {
  await expect(ensure(NOW, ["not a host"])).rejects.toThrow('"not a host" cannot be put into a certificate');
  const pki = await ensure();
  await expect(ensureNodePki({ pki, name: "../escape", hosts: [], now: NOW })).rejects.toThrow('"../escape" is not the name of a node');
});
