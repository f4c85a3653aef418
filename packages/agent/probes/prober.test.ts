import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createGrpcServer, type Http2Server } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import type { Probe } from "@wherry/api";
import { FakeClock, systemClock } from "@wherry/base";
import type { ContainerStreams } from "@wherry/runtime";
import { TimeoutError } from "@wherry/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { createProber } from "./prober.ts";

const servers: (Server | Http2Server | TcpServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server | Http2Server | TcpServer): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const streams = (execSync: ContainerStreams["execSync"]) => ({ execSync }) as unknown as ContainerStreams;
const noStreams = streams(() => Promise.reject(new Error("not expected")));
const container = { name: "main", ports: [{ name: "http", containerPort: 1 }] };

function probe(what: Probe, { clock = systemClock, exec = noStreams, ports = container.ports } = {}) {
  return createProber(exec, clock)(what, { container: { ...container, ports }, id: "c1", ip: "127.0.0.1" });
}

describe("exec", () => {
  it.each([
    [0, "fine", { result: "success", output: "fine" }],
    [1, "no good", { result: "failure", output: "no good" }],
  ])("exit code %d", async (exitCode, output, expected) => {
    expect(await probe({ exec: { command: ["x"] } }, { exec: streams(async () => ({ exitCode, output })) })).toEqual(expected);
  });

  it("that takes too long has failed, and one that cannot be run says nothing", async () => {
    const late = streams(() => Promise.reject(new TimeoutError("late")));
    const what = { exec: { command: ["sleep", "9"] }, timeoutSeconds: 2 };
    expect(await probe(what, { exec: late })).toEqual({ result: "failure", output: 'command timed out: "sleep 9" timed out after 2s' });
    expect(await probe(what, { exec: streams(() => Promise.reject(new Error("no engine"))) })).toEqual({
      result: "unknown",
      output: "no engine",
    });
  });
});

describe("httpGet", () => {
  const serve = (listener: RequestListener) => listen(createServer(listener));

  it.each([
    [200, "success", "hello"],
    [399, "success", "hello"],
    [404, "failure", "HTTP probe failed with statuscode: 404"],
    [500, "failure", "HTTP probe failed with statuscode: 500"],
  ])("%d is a %s", async (status, result, output) => {
    const port = await serve((_, response) => response.writeHead(status).end("hello"));
    expect(await probe({ httpGet: { port } })).toEqual({ result, output });
  });

  it("sends headers, and finds ports by name", async () => {
    const port = await serve((request, response) => response.writeHead(request.headers["x-check"] === "1" ? 200 : 400).end(request.url));
    const ports = [{ name: "http", containerPort: port }];
    const httpGet = { port: "http", path: "ready?x=1", httpHeaders: [{ name: "X-Check", value: "1" }] };
    expect(await probe({ httpGet }, { ports })).toEqual({ result: "success", output: "/ready?x=1" });
    expect(await probe({ httpGet: { port: "other" } })).toEqual({ result: "failure", output: "couldn't find port: other" });
  });

  it("follows redirects on the same host only", async () => {
    const port = await serve((request, response) => {
      const location = request.url === "/far" ? "http://198.51.100.1/" : "/end";
      response.writeHead(request.url === "/end" ? 503 : 302, { location }).end();
    });
    expect((await probe({ httpGet: { port, path: "/near" } })).output).toBe("HTTP probe failed with statuscode: 503");
    expect((await probe({ httpGet: { port, path: "/far" } })).result).toBe("success");
  });

  it("fails where nobody listens", async () => {
    const port = await serve(() => {});
    servers.pop()!.close();
    expect(await probe({ httpGet: { port, path: "/x" } })).toEqual({
      result: "failure",
      output: `Get "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it("fails when no answer comes in time", async () => {
    const asked = Promise.withResolvers<void>();
    const port = await serve(() => asked.resolve());
    const clock = new FakeClock();
    const outcome = probe({ httpGet: { port, path: "/x" }, timeoutSeconds: 3 }, { clock });
    await asked.promise;
    await clock.advance(3_000);
    expect((await outcome).output).toBe(
      `Get "http://127.0.0.1:${port}/x": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
  });
});

describe("tcpSocket", () => {
  it("is content with a connection", async () => {
    const port = await listen(createTcpServer((socket) => socket.end()));
    expect((await probe({ tcpSocket: { port } })).result).toBe("success");
    servers.pop()!.close();
    expect(await probe({ tcpSocket: { port } })).toEqual({
      result: "failure",
      output: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });
});

describe("grpc", () => {
  /** A server of grpc.health.v1 that gives one answer: a status, or an error code. */
  async function health(answer: { status?: number; code?: number }): Promise<{ port: number; asked: Buffer[] }> {
    const asked: Buffer[] = [];
    const server = createGrpcServer();
    server.on("stream", (stream) => {
      stream.on("data", (part: Buffer) => asked.push(part));
      stream.on("end", () => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(answer.code ?? 0), "grpc-message": "sorry" }));
        stream.end(answer.status === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, answer.status]));
      });
    });
    return { port: await listen(server), asked };
  }

  it.each([
    [{ status: 1 }, "success", ""],
    [{ status: 2 }, "failure", 'service unhealthy (responded with "NOT_SERVING")'],
    [{ code: 12 }, "failure", "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): sorry"],
    [{ code: 5 }, "failure", "error: health rpc failed: sorry"],
  ])("%j is a %s", async (answer, result, output) => {
    const { port } = await health(answer);
    expect(await probe({ grpc: { port } })).toEqual({ result, output });
  });

  it("asks for a service by name", async () => {
    const { port, asked } = await health({ status: 1 });
    await probe({ grpc: { port, service: "db" } });
    expect(Buffer.concat(asked)).toEqual(Buffer.from([0, 0, 0, 0, 4, 0x0a, 2, 0x64, 0x62]));
  });

  it("fails where nobody listens", async () => {
    const { port } = await health({});
    servers.pop()!.close();
    expect((await probe({ grpc: { port } })).output).toBe(
      `timeout: failed to connect service "127.0.0.1:${port}" within 1s: context deadline exceeded`,
    );
  });
});
