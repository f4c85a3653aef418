import { once } from "node:events";
import tls from "node:tls";
import { ConfigMap } from "@wherry/api";
import { systemClock } from "@wherry/base";
import { httpsTransport, type Transport } from "@wherry/client";
import { type TestTls, testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caller, watchLines } from "../testing/call.ts";

let pki: TestTls;
let plane: ControlPlane;
let port: number;
let admin: Transport;
let credentials: { cert: string; key: string };
const MAPS = "/api/v1/namespaces/default/configmaps";

beforeAll(async () => {
  pki = await testTls();
  const authenticateToken = async (token: string) => (token === "secret" ? { user: { name: "bearer", groups: ["g"] } } : undefined);
  plane = await startControlPlane({ clock: systemClock, server: { tls: pki.server, authenticateToken } });
  ({ port } = await plane.server.listen({ host: "127.0.0.1", port: 0 }));
  credentials = await pki.client("admin", ["system:masters"]);
  admin = transport(credentials);
});
afterAll(async () => {
  admin?.close();
  await plane?.close();
});

function transport(options: { cert?: string; key?: string; token?: string } = {}): Transport {
  return httpsTransport({ server: `https://127.0.0.1:${port}`, ca: pki.ca, ...options });
}

async function statusOf(options: Parameters<typeof transport>[0], path = MAPS) {
  const through = transport(options);
  const answer = await caller(through)("GET", path);
  through.close();
  return answer;
}

describe("credentials", () => {
  it("are a certificate of the cluster's, or a token", async () => {
    expect((await statusOf(credentials)).status).toBe(200);
    expect((await statusOf({ token: "secret" })).status).toBe(200);
  });

  it.each([
    ["none", async () => ({})],
    ["a wrong token", async () => ({ token: "guess" })],
    ["an expired certificate", () => pki.expired()],
    ["a foreign certificate", () => pki.foreign()],
    ["a foreign certificate with a good token", async () => ({ ...(await pki.foreign()), token: "secret" })],
    ["a certificate without a name", () => pki.client("")],
  ])("are refused when they are %s", async (_, options) => {
    const answer = await statusOf(await options());
    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Unauthorized",
      reason: "Unauthorized",
      code: 401,
    });
  });

  it("are known again on a resumed TLS session", async () => {
    const good = transport(credentials);
    const bad = transport(await pki.foreign());
    const none = transport();
    for (let i = 0; i < 3; i++) {
      const status = async (through: Transport) => (await caller(through)("GET", MAPS, undefined, { connection: "close" })).status;
      expect(await Promise.all([status(good), status(bad), status(none)])).toEqual([200, 401, 401]);
    }
    for (const through of [good, bad, none]) through.close();
  });

  it("are needed for all but health and version", async () => {
    for (const path of ["/version", "/healthz", "/livez?verbose", "/readyz", "/readyz/store", "/readyz?verbose&exclude=store"])
      expect((await statusOf({}, path)).status, path).toBe(200);
    for (const path of ["/metrics", "/api", "/apis", "/openapi/v3", "/", "/nothing"])
      expect((await statusOf({}, path)).status, path).toBe(401);
    expect((await statusOf({}, "/readyz?verbose")).text).toBe("[+]ping ok\n[+]store ok\nreadyz check passed\n");
    expect((await statusOf({ token: "wrong" }, "/version")).status).toBe(401);
  });
});

/** A raw TLS connection. What comes is collected until it ends. */
async function raw(write: (socket: tls.TLSSocket) => void): Promise<string> {
  const socket = tls.connect({ host: "127.0.0.1", port, ca: pki.ca, ...credentials });
  await once(socket, "secureConnect");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  write(socket);
  await closed;
  return Buffer.concat(chunks).toString("utf8");
}

const request = (method: string, path: string, headers = "", body = "") => `${method} ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
const bodies = (text: string) =>
  text.split(/(?=HTTP\/1\.1 )/).map((answer) => ({ line: answer.slice(0, answer.indexOf("\r\n")), text: answer }));

describe("abuse", () => {
  const stillServes = async () => expect((await caller(admin)("GET", MAPS)).status).toBe(200);

  it("of HTTP itself is answered with a Status", async () => {
    const answer = await raw((socket) => socket.write("NONSENSE\r\n\r\n"));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"kind":"Status"');
    const headers = await raw((socket) => socket.write(request("GET", "/api", `X: ${"y".repeat(100_000)}\r\n`)));
    expect(headers).toMatch(/^HTTP\/1\.1 431 /);
    const smuggled = await raw((socket) =>
      socket.write(request("POST", MAPS, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
    );
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /);
    await stillServes();
  });

  it("of the body's size is stopped early", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(1 << 20, 0x20);
    const answer = await raw((socket) => {
      socket.write(request("POST", MAPS, "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"));
      const push = () => {
        while (sent < 100 << 20 && socket.writable) {
          sent += chunk.length;
          if (!socket.write(Buffer.concat([Buffer.from("100000\r\n"), chunk, Buffer.from("\r\n")]))) return socket.once("drain", push);
        }
      };
      push();
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"reason":"RequestEntityTooLarge"');
    expect(sent).toBeLessThan(50 << 20);
    const announced = await raw((socket) =>
      socket.write(request("POST", MAPS, `Content-Type: application/json\r\nContent-Length: ${100 << 20}\r\n`)),
    );
    expect(announced).toContain("Request entity too large: limit is 3145728");
    await stillServes();
  });

  it("by half a request, or half a connection, harms nobody", async () => {
    await raw((socket) => socket.write(request("POST", MAPS, "Content-Length: 100\r\n", "{"), () => socket.end()));
    await raw((socket) => socket.write("GET /api HTTP/1.1\r\n", () => socket.destroy()));
    await raw((socket) => socket.destroy());
    await raw((socket) => socket.write(request("GET", `${MAPS}?watch=1`), () => socket.end()));
    await stillServes();
    expect((await caller(admin)("GET", "/metrics")).text).toMatch(
      /apiserver_registered_watchers\{group="",version="v1",kind="ConfigMap"\} 0/,
    );
  });

  it("by pipelining gets its answers in order", async () => {
    const answer = await raw((socket) => {
      socket.write(request("GET", "/version") + request("GET", "/nothing") + request("GET", "/healthz", "Connection: close\r\n"));
    });
    expect(bodies(answer).map(({ line }) => line)).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 200 OK"]);
  });

  it("by odd methods, paths and upgrades gets a Status", async () => {
    const close = "Connection: close\r\n";
    const status = async (text: string) => {
      const answer = await raw((socket) => socket.write(text));
      expect(answer).toContain('"kind":"Status"');
      return Number(answer.slice(9, 12));
    };
    expect(await status(request("TRACE", MAPS, close))).toBe(405);
    expect(await status(request("OPTIONS", MAPS, close))).toBe(405);
    expect(await status(request("PROPFIND", MAPS, close))).toBe(405);
    expect(await status(request("GET", "/api/v1/%zz/%", close))).toBe(404);
    expect(await status(request("GET", `/${"a".repeat(8000)}`, close))).toBe(404);
    expect(await status(request("GET", "/api/v1/../../../etc/passwd", close))).toBe(404);
    expect(await status(request("GET", MAPS, "Upgrade: h2c\r\nConnection: Upgrade\r\n"))).toBe(400);
    expect(await status(request("GET", `${MAPS}/a`, "Upgrade: websocket\r\nConnection: Upgrade\r\n"))).toBe(404);
    await stillServes();
  });

  it("by a body that is deep, or has bad bytes, gets a Status", async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const api = caller(admin);
    for (const body of [
      deep,
      "[".repeat(100_000),
      '{"metadata":{"name":"\ud800"}}',
      '{"__proto__":{"x":1}}',
      "null",
      "1",
      '""',
      "",
      "\u0000",
    ])
      expect((await api("POST", MAPS, body)).status, body.slice(0, 20)).toBeGreaterThanOrEqual(400);
    const yaml = { "content-type": "application/yaml" };
    for (const body of ["[".repeat(20_000), `${"a: ".repeat(5)}`, "!!js/function x", "*x"]) {
      const { status } = await api("POST", MAPS, body, yaml);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    await stillServes();
  });
});

describe("a watch over the network", () => {
  it("carries what a reader reads", async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const path = `${MAPS}?watch=1&resourceVersion=${plane.store.revision}`;
    const reading = (async () => {
      for await (const { type, object } of watchLines<{ type: string; object: ConfigMap }>(admin, path, stop.signal)) {
        seen.push(`${type} ${object.metadata.name}`);
        if (seen.length === 30) break;
      }
    })();
    for (let i = 0; i < 30; i++) await plane.client.create(ConfigMap, { metadata: { name: `w${i}`, namespace: "default" } });
    await reading;
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => `ADDED w${i}`));
  });

  it("is cut off when its reader does not read, and only that one", async () => {
    const lazy = tls.connect({ host: "127.0.0.1", port, ca: pki.ca, ...credentials });
    await once(lazy, "secureConnect");
    lazy.on("error", () => {});
    lazy.pause();
    lazy.write(request("GET", `${MAPS}?watch=1&resourceVersion=${plane.store.revision}`));
    let seen = 0;
    const stop = new AbortController();
    const reading = (async () => {
      const path = `${MAPS}?watch=1&resourceVersion=${plane.store.revision}`;
      for await (const _ of watchLines(admin, path, stop.signal)) if (++seen === 60) break;
    })();
    const data = { text: "x".repeat(500_000) };
    for (let i = 0; i < 60; i++) {
      const { metadata } = await plane.client.create(ConfigMap, { metadata: { name: `big${i}`, namespace: "default" }, data });
      await plane.client.delete(ConfigMap, { name: metadata.name, namespace: "default" });
    }
    await reading;
    lazy.resume();
    await once(lazy, "close");
    expect(lazy.bytesRead).toBeLessThan(30_000_000);
  });
});
