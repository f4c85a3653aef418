import { once } from "node:events";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { createClient, parseWarnings } from "./create-client.ts";
import { httpsTransport } from "./https-transport.ts";
import { readText } from "./response.ts";
import type { Transport } from "./transport.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(handler: http.RequestListener): Promise<{ server: http.Server; transport: Transport; url: string }> {
  const server = http.createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = httpsTransport({ server: url, token: "secret" });
  cleanups.push(
    () => transport.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { server, transport, url };
}

describe("httpsTransport", () => {
  it("sends method, headers, token and body, and gives status, headers and body back", async () => {
    const { transport } = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method, url, headers } = request;
      response.writeHead(201, { "x-test": "yes" });
      response.end(
        JSON.stringify({ method, url, auth: headers.authorization, type: headers["content-type"], body: String(Buffer.concat(chunks)) }),
      );
    });
    const response = await transport.request({ method: "POST", path: "/a?b=c", headers: { "content-type": "text/x" }, body: "é" });
    expect(response.status).toBe(201);
    expect(response.headers["x-test"]).toBe("yes");
    const seen = JSON.parse(await readText(response));
    expect(seen).toEqual({ method: "POST", url: "/a?b=c", auth: "Bearer secret", type: "text/x", body: "é" });
  });

  it("uses one connection for calls one after the other", async () => {
    const { transport, server } = await serve((_, response) => response.end("ok"));
    let connections = 0;
    server.on("connection", () => connections++);
    for (let i = 0; i < 5; i++) await readText(await transport.request({ method: "GET", path: "/" }));
    expect(connections).toBe(1);
  });

  it("gives chunks as they come, and closes the connection when the reader stops", async () => {
    const { transport, server } = await serve((_, response) => void response.write("one\n"));
    const [[socket], response] = await Promise.all([
      once(server, "connection") as Promise<[Socket]>,
      transport.request({ method: "GET", path: "/" }),
    ]);
    for await (const chunk of response.body) {
      expect(String(chunk)).toBe("one\n");
      break;
    }
    if (!socket.destroyed) await once(socket, "close");
  });

  it("rejects with the signal's reason when it aborts before the answer, and ends the body when it aborts later", async () => {
    const { transport } = await serve((request, response) => {
      if (request.url === "/body") response.write("x");
    });
    const early = new AbortController();
    const waiting = transport.request({ method: "GET", path: "/silent", signal: early.signal });
    early.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const late = new AbortController();
    const { body } = await transport.request({ method: "GET", path: "/body", signal: late.signal });
    const read = async () => {
      for await (const _ of body) late.abort(new Error("enough"));
    };
    await expect(read()).rejects.toThrow();
  });

  it("says who did not answer, and why", async () => {
    const { server, url, transport } = await serve(() => {});
    server.close();
    await once(server, "close");
    await expect(transport.request({ method: "GET", path: "/" })).rejects.toThrow(`no answer from ${url}: connection refused`);
    expect(() => httpsTransport({ server: "nonsense://x" })).toThrow("is not a URL such as");
  });

  it("gives up on a connection that stays silent for longer than allowed", async () => {
    const { transport } = await serve((request, response) => {
      if (request.url === "/body") response.write("x");
    });
    const silent = transport.request({ method: "POST", path: "/", idleTimeoutMs: 20 });
    await expect(silent).rejects.toThrow("the connection was silent for 0.02 s");
    const read = async () => readText(await transport.request({ method: "GET", path: "/body", idleTimeoutMs: 100 }));
    await expect(read()).rejects.toThrow("the connection was silent for 0.1 s");
  });

  it("opens a WebSocket with the protocol the server picks, keeps what comes at once, and keeps messages apart", async () => {
    const { transport, server } = await serve(() => {});
    const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered].at(-1) ?? false });
    sockets.on("connection", (socket) => {
      socket.send(Buffer.from("hello"));
      socket.on("message", (data) => socket.send(data));
    });
    const socket = await transport.upgrade("/exec", ["v4.channel.k8s.io", "v5.channel.k8s.io"]);
    expect(socket.protocol).toBe("v5.channel.k8s.io");
    const messages = socket.messages();
    socket.send(Buffer.from("a"));
    messages.write(Buffer.from("b"));
    const seen: string[] = [];
    for await (const message of messages) {
      seen.push(String(message));
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["hello", "a", "b"]);
    sockets.close();
  });

  it("rejects an upgrade that the server refuses with the server's Status", async () => {
    const { transport, server } = await serve(() => {});
    server.on("upgrade", (_, socket) => {
      const body = JSON.stringify({ kind: "Status", message: 'pods "a" not found', reason: "NotFound", code: 404 });
      socket.end(`HTTP/1.1 404 Not Found\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
    });
    await expect(transport.upgrade("/exec", ["x"])).rejects.toMatchObject({ reason: "NotFound", code: 404 });
  });
});

describe("createClient", () => {
  it("turns an answer without a Status into a StatusError that says what came", async () => {
    const { transport } = await serve((_, response) => response.writeHead(503).end("upstream is away"));
    const client = createClient(transport);
    await expect(client.raw({ method: "GET", path: "/" })).rejects.toMatchObject({
      name: "StatusError",
      reason: "ServiceUnavailable",
      code: 503,
      message: "the server answered 503: upstream is away",
    });
  });

  it("hands on the server's warnings", async () => {
    const { transport } = await serve((_, response) => {
      response.setHeader("warning", ['299 - "first, with \\"quotes\\""', '299 - "second"']);
      response.end("{}");
    });
    const warnings: string[] = [];
    await createClient(transport, { onWarning: (w) => warnings.push(w) }).raw({ method: "GET", path: "/" });
    expect(warnings).toEqual(['first, with "quotes"', "second"]);
    expect(parseWarnings("nonsense")).toEqual([]);
  });
});
