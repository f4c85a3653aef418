import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigMap, Namespace } from "@wherry/api";
import { silentLogger, systemClock } from "@wherry/base";
import { type ClusterPki, ensureClusterPki, kubeconfigYaml } from "@wherry/pki";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Client } from "./client.ts";
import { createClient } from "./create-client.ts";
import { createInformer } from "./create-informer.ts";
import { type HttpsTransportOptions, httpsTransport } from "./https-transport.ts";
import { loadKubeconfig } from "./kubeconfig.ts";

let dir: string;
let pki: ClusterPki;
let plane: ControlPlane;
let server: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "client-tls-"));
  pki = await ensureClusterPki({ dir, hosts: [], now: Date.now() });
  const tls = { cert: pki.server.cert, key: pki.server.key, clientCa: pki.ca.cert };
  plane = await startControlPlane({ clock: systemClock, server: { tls } });
  const { port } = await plane.server.listen({ host: "127.0.0.1", port: 0 });
  server = `https://127.0.0.1:${port}`;
});
afterAll(async () => {
  await plane.close();
  await rm(dir, { recursive: true });
});

function connect(options: HttpsTransportOptions): Client {
  const client = createClient(httpsTransport(options));
  onTestFinished(() => client.close());
  return client;
}

describe("a client over HTTPS", () => {
  it("does everything with the certificate of its kubeconfig", async () => {
    const path = join(dir, "kubeconfig");
    await writeFile(path, kubeconfigYaml({ server, ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key }));
    const { transport, namespace } = await loadKubeconfig({ path });
    const client = connect(transport);
    const stop = new AbortController();
    const informer = createInformer(client, ConfigMap, {
      clock: systemClock,
      log: silentLogger,
      signal: stop.signal,
      query: { namespace },
    });
    const name = { name: "a", namespace };
    await client
      .create(Namespace, { metadata: { name: namespace }, spec: {} })
      .catch((error) => expect(error.reason).toBe("AlreadyExists"));
    const created = await client.create(ConfigMap, { metadata: name, data: { x: "ü".repeat(100_000) } });
    const updated = await client.update(ConfigMap, { ...created, data: { x: "2" } });
    await expect(client.update(ConfigMap, created)).rejects.toMatchObject({ reason: "Conflict", code: 409 });
    const patched = await client.patch(ConfigMap, name, { type: "merge", body: { data: { y: "3" } } });
    expect(patched.data).toEqual({ x: "2", y: "3" });
    await informer.caughtUp(patched.metadata.resourceVersion);
    expect(informer.lister.get("a", namespace)?.data).toEqual({ x: "2", y: "3" });
    expect((await client.list(ConfigMap, { namespace, fieldSelector: "metadata.name=a" })).items[0]).toEqual({
      ...(await client.get(ConfigMap, name)),
      kind: "ConfigMap",
    });
    const deleted = await client.delete(ConfigMap, name, { preconditions: { uid: updated.metadata.uid } });
    expect(deleted.metadata).toMatchObject({ ...name, uid: updated.metadata.uid });
    await expect(client.get(ConfigMap, name)).rejects.toMatchObject({ reason: "NotFound", message: 'configmaps "a" not found' });
    stop.abort();
  });

  it("is refused without a certificate, and refuses a server that it cannot verify, unless told to", async () => {
    const anonymous = connect({ server, ca: pki.ca.cert });
    await expect(anonymous.list(ConfigMap)).rejects.toMatchObject({
      code: expect.toSatisfy((code: number) => code === 401 || code === 403),
    });
    const { cert, key } = pki.admin;
    await expect(connect({ server, cert, key }).list(ConfigMap)).rejects.toThrow(/no answer from https:.*(certificate|issuer)/);
    expect((await connect({ server, cert, key, insecure: true }).list(Namespace)).items.length).toBeGreaterThan(0);
    const named = (serverName: string) => connect({ server, ca: pki.ca.cert, cert, key, serverName });
    expect((await named("kubernetes").list(Namespace)).items.length).toBeGreaterThan(0);
    await expect(named("elsewhere").list(Namespace)).rejects.toThrow(/no answer from .*(altnames|elsewhere)/);
  });

  it("asks for nothing with an empty name or without the namespace that the kind needs", async () => {
    const client = connect({ server, ca: pki.ca.cert });
    await expect(client.get(ConfigMap, { name: "", namespace: "x" })).rejects.toThrow("a ConfigMap is addressed by its name");
    await expect(client.create(ConfigMap, { metadata: { name: "x" } })).rejects.toThrow("a ConfigMap lives in a namespace: say which");
  });
});
