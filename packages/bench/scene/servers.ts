import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { READY_FD } from "@wherry/base";
import { PROGRAM } from "./bench-cluster.ts";

/** A server in a process of its own, and how its clients connect. */
export interface Server {
  connection: ConnectionOptions;
  stop(): Promise<void>;
}

/** Wherry's whole control plane, without a node. Its data is in a folder of its own, which goes when it stops. */
export async function startControlPlane(): Promise<Server & { dataDir: string; pid: number }> {
  const dataDir = mkdtempSync(join(tmpdir(), "wherry-bench-"));
  const port = await freePort();
  const where = ["--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--api-port", String(port)];
  const [node = "", ...program] = PROGRAM;
  const child = spawn(node, [...program, "server", "--data-dir", dataDir, ...where], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    env: { ...process.env, [READY_FD]: "3" },
  });
  const ready = child.stdio[3] as Readable;
  await once(ready, "data");
  const stop = async () => {
    child.kill();
    await once(child, "exit");
    rmSync(dataDir, { recursive: true });
  };
  return { dataDir, pid: child.pid as number, connection: connectionOf(join(dataDir, "pki"), port), stop };
}

/** Plain node:https with the certificates of that folder, answering with bodies of so many bytes. */
export function startRawServer(pki: string, bodySize: number): Promise<Server> {
  return startPeer("raw-https.ts", pki, bodySize);
}

/** The same with fastify, which has no `/watch`. */
export function startLeanFastify(pki: string, bodySize: number): Promise<Server> {
  return startPeer("lean-fastify.ts", pki, bodySize);
}

async function startPeer(program: string, pki: string, bodySize: number): Promise<Server> {
  const child = fork(join(import.meta.dirname, "..", "peers", program), [pki, String(bodySize)]);
  const [port] = (await once(child, "message")) as [number];
  const stop = async () => {
    child.disconnect();
    await once(child, "exit");
  };
  return { connection: connectionOf(pki, port), stop };
}

function connectionOf(pki: string, port: number): ConnectionOptions {
  const file = (name: string) => readFileSync(join(pki, name));
  return { host: "127.0.0.1", port, ca: file("ca.crt"), cert: file("admin.crt"), key: file("admin.key") };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
