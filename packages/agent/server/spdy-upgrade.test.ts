import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { Node } from "@wherry/api";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import WebSocket, { createWebSocketStream } from "ws";
import { withNode } from "../testing/with-node.ts";
import { SpdyConnection } from "./spdy/connection.ts";

const at = withNode(startControlPlane);
const API_SERVER = "kube-apiserver-kubelet-client";

async function target(): Promise<{ server: string; tls: { ca: string; cert: string; key: string } }> {
  const { ca, client } = await testTls();
  const node = await at.client.get(Node, { name: "n1" });
  return { server: `https://127.0.0.1:${node.status?.daemonEndpoints?.kubeletEndpoint?.Port}`, tls: { ca, ...(await client(API_SERVER)) } };
}

/** Asks for SPDY; gives the protocol that the agent chose, and the connection. Rejects with the status line of a refusal. */
async function upgraded(path: string, protocols = "v4.channel.k8s.io"): Promise<{ protocol: unknown; connection: SpdyConnection }> {
  const { response, socket } = await upgrade("POST", path, { upgrade: "SPDY/3.1", "x-stream-protocol-version": protocols });
  return { protocol: response.headers["x-stream-protocol-version"], connection: new SpdyConnection(socket, { role: "client" }) };
}

async function upgrade(
  method: string,
  path: string,
  words: Record<string, string>,
): Promise<{ response: IncomingMessage; socket: Duplex }> {
  const { server, tls } = await target();
  const headers = { connection: "Upgrade", ...words };
  const request = https.request(`${server}${path}`, { ...tls, method, headers, agent: false });
  request.end();
  const answer = await Promise.race([
    once(request, "upgrade"),
    once(request, "response").then(([r]) => Promise.reject(new Error(`${r.statusCode} ${decodeURIComponent(r.statusMessage)}`))),
  ]);
  const [response, socket, head] = answer as [IncomingMessage, Duplex, Buffer];
  if (head.length > 0) socket.unshift(head);
  onTestFinished(() => void socket.destroy());
  return { response, socket };
}

const running = async () => {
  await at.node.run("web");
  await at.node.until("web", (p) => p.status?.phase === "Running");
};

describe("exec over SPDY", () => {
  it("joins streams, tells the size, and ends with the exit code after all output", async () => {
    const sizes: number[][] = [];
    at.node.runtime.behaviour = () => ({
      exec: async (_, { stdin, stdout }) => {
        for await (const part of stdin!) stdout.write(String(part).toUpperCase());
        for (let i = 0; i < 100; i++) stdout.write(Buffer.alloc(100_000, "x"));
        return 3;
      },
      resized: (columns, rows) => void sizes.push([columns, rows]),
    });
    await running();
    const { protocol, connection } = await upgraded(
      "/exec/default/web/main?command=tr&input=1&output=1&tty=1",
      "v9.channel.k8s.io, v4.channel.k8s.io",
    );
    expect(protocol).toBe("v4.channel.k8s.io");
    const stream = (streamtype: string) => connection.open({ streamtype });
    const [error, stdin, stdout, resize] = [stream("error"), stream("stdin"), stream("stdout"), stream("resize")];
    resize.write('{"Width":80,"Height":24}\n{"Wid');
    resize.write('th":132,"Height":43}\n');
    let stdinEnded = false;
    stdin.resume().once("end", () => {
      stdinEnded = true;
    });
    const first = once(stdout, "data");
    stdin.write("hello");
    expect(String((await first)[0])).toBe("HELLO");
    // Clients take the end of this direction for the end of the process.
    expect(stdinEnded).toBe(false);
    stdin.end();
    expect((await buffer(stdout)).length).toBe(10_000_000);
    expect(JSON.parse(await text(error))).toMatchObject({ details: { causes: [{ reason: "ExitCode", message: "3" }] } });
    expect(sizes.at(-1)).toEqual([132, 43]);
  });

  it("tells old clients in words, and refuses those who speak nothing that is known", async () => {
    at.node.runtime.behaviour = () => ({ exec: () => 7 });
    await running();
    const { protocol, connection } = await upgraded("/exec/default/web/main?command=false&output=1", "v2.channel.k8s.io");
    expect(protocol).toBe("v2.channel.k8s.io");
    const error = connection.open({ streamtype: "error" });
    connection.open({ streamtype: "stdout" });
    expect(await text(error)).toBe("command terminated with non-zero exit code: exit status 7");
    await expect(upgraded("/exec/default/web/main?command=false&output=1", "v9.channel.k8s.io")).rejects.toThrow(
      /^403 .*negotiate protocol/,
    );
  });

  it("is given up when the client does not open its streams, or goes", async () => {
    at.node.runtime.behaviour = () => ({ exec: () => 0 });
    await running();
    const late = await upgraded("/exec/default/web/main?command=true&output=1");
    late.connection.open({ streamtype: "error" });
    late.connection.open({ streamtype: "nonsense" });
    await new Promise(setImmediate);
    await at.node.eventually("the connection ends", () => {
      void at.clock.advance(31_000);
      return late.connection.gone.aborted;
    });
  });
});

describe("port-forward", () => {
  /** A server on this machine, where all ports of the fake network's pods are. */
  async function listening(serve: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, serve).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }
  const shout = (socket: Socket) => void text(socket).then((all) => socket.end(all.toUpperCase()));
  const connect = (connection: SpdyConnection, port: number, requestid: string) => {
    const headers = { port: String(port), requestid };
    const error = connection.open({ streamtype: "error", ...headers });
    error.end();
    return { error, data: connection.open({ streamtype: "data", ...headers }) };
  };

  it("carries connections over SPDY, each direction to its own end", async () => {
    await running();
    const port = await listening(shout);
    const { protocol, connection } = await upgraded("/portForward/default/web", "portforward.k8s.io");
    expect(protocol).toBe("portforward.k8s.io");
    const pairs = ["0", "1", "2"].map((id) => connect(connection, port, id));
    for (const { data } of pairs) data.end("hello");
    for (const { data, error } of pairs) expect([await text(data), await text(error)]).toEqual(["HELLO", ""]);
  });

  it("says on the other stream why a port cannot be reached, and goes on", async () => {
    await running();
    const port = await listening(shout);
    const { connection } = await upgraded("/portForward/default/web", "portforward.k8s.io");
    const bad = connect(connection, 1, "0");
    bad.data.end("x");
    expect(await text(bad.error)).toMatch(
      /^error forwarding port 1 to pod [0-9a-f]{64}, uid : failed to connect to localhost:1, IPv4: dial tcp4 127\.0\.0\.1:1: connect: connection refused/,
    );
    const good = connect(connection, port, "1");
    good.data.end("still");
    expect(await text(good.data)).toBe("STILL");
  });

  it("works tunnelled in a WebSocket", async () => {
    await running();
    const port = await listening(shout);
    const protocol = "SPDY/3.1+portforward.k8s.io";
    const handshake = {
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-protocol": protocol,
    };
    const { response, socket } = await upgrade("GET", "/portForward/default/web", { upgrade: "websocket", ...handshake });
    expect(response.headers["sec-websocket-protocol"]).toBe(protocol);
    // ws refuses to ask for such a name, but speaks on a connection that has been made.
    const spoken = Reflect.construct(WebSocket, [null, undefined, { autoPong: true }]) as WebSocket;
    Object.assign(spoken, { _isServer: false });
    (spoken as unknown as { setSocket(socket: Duplex, head: Buffer, options: object): void }).setSocket(socket, Buffer.alloc(0), {
      maxPayload: 0,
    });
    const connection = new SpdyConnection(createWebSocketStream(spoken), { role: "client" });
    const { data } = connect(connection, port, "0");
    data.end("hello");
    expect(await text(data)).toBe("HELLO");
  });

  it("works in channels of a WebSocket", async () => {
    await running();
    const ports = [await listening((socket) => socket.end("one")), await listening((socket) => socket.end("two")), 1];
    const { server, tls } = await target();
    const url = `${server.replace("https", "wss")}/portForward/default/web?port=${ports.join(",")}`;
    const socket = new WebSocket(url, ["v4.channel.k8s.io"], tls);
    const channels: string[] = Array(6).fill("");
    const greetings: number[] = [];
    socket.on("message", (message: Buffer) => {
      const channel = message[0] as number;
      if (greetings[channel] === undefined) greetings[channel] = message.readUInt16LE(1);
      else channels[channel] += message.subarray(1).toString();
    });
    await once(socket, "close");
    expect(greetings).toEqual(ports.flatMap((port) => [port, port]));
    expect(channels).toEqual(["one", "", "two", "", "", expect.stringMatching(/^error forwarding port 1 /)]);
  });

  it("of one client that does not read keeps no other from going on", async () => {
    await running();
    let sent = 0;
    const flood = await listening((socket) => {
      socket.on("error", () => {});
      const push = () => {
        while (sent < 200 << 20) {
          sent += 64 << 10;
          if (!socket.write(Buffer.alloc(64 << 10))) return void socket.once("drain", push);
        }
      };
      push();
    });
    const port = await listening(shout);
    const stalled = await upgraded("/portForward/default/web", "portforward.k8s.io");
    connect(stalled.connection, flood, "0");
    const { connection } = await upgraded("/portForward/default/web", "portforward.k8s.io");
    for (let i = 0; i < 20; i++) {
      const { data } = connect(connection, port, String(i));
      data.end("x".repeat(100_000));
      expect((await text(data)).length).toBe(100_000);
    }
    expect(sent).toBeLessThan(64 << 20);
  });

  it.each([
    ["/portForward/default/nobody", '404 pods "nobody" not found'],
    ["/portForward/default/web/x", "404"],
  ])("%s is refused: %s", async (path, words) => {
    await running();
    await expect(upgraded(path, "portforward.k8s.io")).rejects.toThrow(words);
  });
});
