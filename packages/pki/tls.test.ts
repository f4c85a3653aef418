import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Certificate, type ClusterPki, ensureClusterPki, ensureNodePki, issueCertificate, type NodePki } from "./index.ts";

const run = promisify(execFile);
const now = Date.now();
let dir: string;
let pki: ClusterPki;
let node: NodePki;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "wherry-tls-"));
  pki = await ensureClusterPki({ dir, hosts: ["192.0.2.1", "2001:db8::1"], now });
  node = await ensureNodePki({ pki, name: "node-1", hosts: ["127.0.0.1"], now });
});
afterAll(() => rm(dir, { recursive: true }));

/** A server that asks for a certificate, and tells each client who it is, or why its certificate does not count. */
async function serve(certificate: Certificate): Promise<Server> {
  const { cert, key } = certificate;
  const server = createServer({ cert, key, ca: pki.ca.cert, requestCert: true, rejectUnauthorized: false }, (socket) => {
    socket.end(JSON.stringify(socket.authorized ? socket.getPeerCertificate().subject : { refused: socket.authorizationError }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return server;
}

/** The server's answer to a client with this certificate. */
async function ask(server: Server, client: Partial<Certificate>, servername = "localhost"): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const socket: TLSSocket = connect({ host: "127.0.0.1", port, servername, ca: pki.ca.cert, cert: client.cert, key: client.key });
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk;
  return JSON.parse(text);
}

describe("mutual TLS", () => {
  test("the API server sees who its clients are", async () => {
    const server = await serve(pki.server);
    expect(await ask(server, pki.admin)).toEqual({ O: "system:masters", CN: "kubernetes-admin" });
    expect(await ask(server, pki.scheduler, "kubernetes.default.svc")).toEqual({ CN: "system:kube-scheduler" });
    expect(await ask(server, node.client)).toEqual({ O: "system:nodes", CN: "system:node:node-1" });
  });

  test("the agent sees the API server", async () => {
    const agent = await serve(node.server);
    expect(await ask(agent, pki.agentClient, "node-1")).toMatchObject({ CN: "kube-apiserver-kubelet-client" });
  });

  test("no certificate, or one of another CA, is refused", async () => {
    const server = await serve(pki.server);
    const other = await ensureClusterPki({ dir: join(dir, "other"), hosts: [], now });
    expect(await ask(server, {})).toEqual({ refused: "UNABLE_TO_GET_ISSUER_CERT" });
    expect(await ask(server, other.admin)).toEqual({ refused: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });

  test("a client certificate cannot serve, a server's cannot be a client's", async () => {
    await expect(ask(await serve(pki.admin), pki.admin)).rejects.toThrow(/unsuitable certificate purpose|unsupported/);
    expect(await ask(await serve(pki.server), pki.server)).toEqual({ refused: "INVALID_PURPOSE" });
  });

  test("a server is not taken for another host", async () => {
    await expect(ask(await serve(pki.server), pki.admin, "other.example")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });
});

describe("openssl", () => {
  test("verifies each certificate strictly, for its purpose", async () => {
    const verify = async (purpose: string, path: string) =>
      run("openssl", ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", pki.ca.certPath, path]);
    for (const { certPath } of [pki.server, node.server]) expect((await verify("sslserver", certPath)).stdout).toBe(`${certPath}: OK\n`);
    for (const { certPath } of [pki.admin, pki.scheduler, pki.controllerManager, pki.agentClient, node.client]) {
      expect((await verify("sslclient", certPath)).stdout).toBe(`${certPath}: OK\n`);
      await expect(verify("sslserver", certPath)).rejects.toThrow(/unsuitable certificate purpose|unsupported certificate purpose/);
    }
  });

  test("reads the same names and times", async () => {
    const { stdout } = await run("openssl", [
      "x509",
      "-in",
      pki.server.certPath,
      "-noout",
      "-subject",
      "-ext",
      "subjectAltName,basicConstraints,keyUsage",
    ]);
    expect(stdout).toMatch(/subject=CN ?= ?kube-apiserver/);
    for (const part of ["DNS:localhost", "IP Address:192.0.2.1", "IP Address:2001:DB8:0:0:0:0:0:1", "CA:FALSE", "Digital Signature"])
      expect(stdout).toContain(part);
  });

  test("reads a certificate that ends after 2049, and the service account's keys", async () => {
    const late = await issueCertificate({
      ca: (await ensureClusterPki({ dir: join(dir, "late"), hosts: [], now: Date.UTC(2045, 0) })).ca,
      subject: { commonName: "late" },
      usages: ["client"],
      now: Date.UTC(2049, 6),
    });
    const child = run("openssl", ["x509", "-noout", "-enddate"]);
    child.child.stdin?.end(late.cert);
    expect((await child).stdout).toBe("notAfter=Jul  1 00:00:00 2050 GMT\n");
    const { privateKeyPath, publicKey } = pki.serviceAccount;
    expect((await run("openssl", ["pkey", "-in", privateKeyPath, "-pubout"])).stdout).toBe(publicKey);
  });
});
