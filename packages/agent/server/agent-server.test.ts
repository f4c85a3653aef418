import { once } from "node:events";
import https from "node:https";
import type { Pod } from "@wherry/api";
import { testTls } from "@wherry/pki/testing/tls.ts";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { withNode } from "../testing/with-node.ts";

const at = withNode(startControlPlane);
const API_SERVER = "kube-apiserver-kubelet-client";
const main = (pod: Pod) => pod.status?.containerStatuses?.[0];

interface Answer {
  status: number;
  body: string;
}

/** Where the agent listens, as its node says. */
async function address(): Promise<string> {
  const { Node } = await import("@wherry/api");
  const node = await at.client.get(Node, { name: "n1" });
  return `https://127.0.0.1:${node.status?.daemonEndpoints?.kubeletEndpoint?.Port}`;
}

async function get(path: string, commonName = API_SERVER): Promise<Answer> {
  const { ca, client } = await testTls();
  const request = https.get(`${await address()}${path}`, { ca, ...(await client(commonName)), agent: false });
  const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
  let body = "";
  for await (const part of response) body += part;
  return { status: response.statusCode ?? 0, body };
}

const exec = (query: string, send?: (socket: WebSocket) => void, protocols?: string[]) =>
  stream(`exec/default/web/main?${query}`, send, protocols);
const attach = (query: string, send?: (socket: WebSocket) => void) => stream(`attach/default/web/main?${query}`, send);

/** Opens a stream; gives the messages of each channel when it is over. */
async function stream(
  path: string,
  send: (socket: WebSocket) => void = () => {},
  protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"],
): Promise<Record<number, string>> {
  const { ca, client } = await testTls();
  const url = `${(await address()).replace("https", "wss")}/${path}`;
  const socket = new WebSocket(url, protocols, { ca, ...(await client(API_SERVER)) });
  const channels: Record<number, string> = {};
  socket.on("message", (data: Buffer) => {
    channels[data[0]!] = (channels[data[0]!] ?? "") + data.subarray(1).toString();
  });
  socket.once("open", () => send(socket));
  const refused = once(socket, "unexpected-response").then(([, response]) => {
    throw new Error(`${response.statusCode} ${decodeURIComponent(response.statusMessage)}`);
  });
  refused.catch(() => {});
  await Promise.race([once(socket, "close"), refused]);
  return channels;
}

describe("logs", () => {
  it("are served as far as they are asked for", async () => {
    at.node.runtime.behaviour = () => ({ output: ["one", "two", "three"] });
    await at.node.run("web");
    await at.node.until("web", (p) => p.status?.phase === "Running");
    expect(await get("/containerLogs/default/web/main")).toEqual({ status: 200, body: "one\ntwo\nthree\n" });
    expect((await get("/containerLogs/default/web/main?tailLines=1")).body).toBe("three\n");
    expect((await get("/containerLogs/default/web/main?limitBytes=5")).body).toBe("one\nt");
    expect((await get("/containerLogs/default/web/main?timestamps=true&tailLines=1")).body).toBe("2026-01-01T00:00:00.000000000Z three\n");
    expect((await get("/containerLogs/default/web/main?sinceTime=2026-01-01T00:00:01Z")).body).toBe("");
  });

  it("are followed until the container ends", async () => {
    await at.node.run("web", { restartPolicy: "Never" });
    await at.node.until("web", (p) => p.status?.phase === "Running");
    const { id } = await at.node.running("web");
    const log = get("/containerLogs/default/web/main?follow=true");
    at.node.runtime.write(id, "one");
    at.node.runtime.write(id, "two");
    at.node.runtime.exit(id, 0);
    expect((await log).body).toBe("one\ntwo\n");
  });

  it("of the start before can be read, also while the next one is awaited", async () => {
    at.node.runtime.behaviour = ({ attempt }) => ({ output: [`start ${attempt}`], endsAfterMs: 1_000, exitCode: 1 });
    await at.node.run("web");
    await at.node.until("web", (p) => p.status?.phase === "Running");
    expect(await get("/containerLogs/default/web/main?previous=true")).toMatchObject({ status: 400 });
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => main(p)?.restartCount === 1 && main(p)?.state?.running !== undefined);
    expect((await get("/containerLogs/default/web/main")).body).toBe("start 1\n");
    expect((await get("/containerLogs/default/web/main?previous=true")).body).toBe("start 0\n");
    await at.clock.advance(1_000);
    await at.node.until("web", (p) => main(p)?.state?.waiting !== undefined);
    expect((await get("/containerLogs/default/web/main?previous=true")).body).toBe("start 1\n");
  });

  it.each([
    ["/containerLogs/default/nobody/main", 404, 'pods \\"nobody\\" not found'],
    ["/containerLogs/default/web/other", 400, "container other is not valid for pod web"],
    ["/containerLogs/default/web/main?tailLines=x", 400, "tailLines must be an integer"],
    ["/containerLogs/default/web/main?sinceTime=yesterday", 400, "sinceTime must be a time"],
    ["/nothing", 404, "404 page not found"],
    ["/%zz", 400, "malformed path: %zz"],
  ])("%s is refused with %d", async (path, status, message) => {
    await at.node.run("web");
    await at.node.until("web", (p) => p.status?.phase === "Running");
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(message);
  });

  it("of a container that never started say why", async () => {
    await at.node.run("web", { containers: [{ name: "main", image: "nowhere:v1", imagePullPolicy: "Never" }] });
    await at.node.until("web", (p) => main(p)?.state?.waiting?.reason === "ErrImageNeverPull");
    const { status, body } = await get("/containerLogs/default/web/main");
    expect(status).toBe(400);
    expect(JSON.parse(body).message).toBe('container "main" in pod "web" is waiting to start: ErrImageNeverPull');
  });
});

describe("exec", () => {
  const running = async () => {
    await at.node.run("web");
    await at.node.until("web", (p) => p.status?.phase === "Running");
  };

  it("joins the process's streams with the channels", async () => {
    at.node.runtime.behaviour = () => ({
      exec: async (command, { stdin, stdout, stderr }) => {
        stderr.write(`ran ${command.join(" ")}`);
        for await (const part of stdin!) stdout.write(String(part).toUpperCase());
        return 3;
      },
    });
    await running();
    const channels = await exec("command=tr&command=a-z&stdin=true&stdout=true&stderr=true", (socket) => {
      socket.send(Buffer.from("\0hello"));
      socket.send(Buffer.from([255, 0]));
    });
    expect(channels[1]).toBe("HELLO");
    expect(channels[2]).toBe("ran tr a-z");
    expect(JSON.parse(channels[3]!)).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "3" }] },
    });
  });

  it("says that all went well", async () => {
    at.node.runtime.behaviour = () => ({ exec: () => 0 });
    await running();
    expect(JSON.parse((await exec("command=true&stdout=true"))[3]!)).toEqual({ metadata: {}, status: "Success" });
  });

  it("ends the process when the client goes", async () => {
    const ended = Promise.withResolvers<void>();
    at.node.runtime.behaviour = () => ({
      exec: async (_, { signal }) => {
        await once(signal, "abort");
        ended.resolve();
        return 129;
      },
    });
    await running();
    await exec("command=cat&stdin=true&stdout=true", (socket) => socket.close());
    await ended.promise;
  });

  it("tells the process of the terminal's size", async () => {
    const sizes: [number, number][] = [];
    const ended = Promise.withResolvers<number>();
    at.node.runtime.behaviour = () => ({
      exec: () => ended.promise,
      // An engine that takes its time with the first one.
      resized: async (columns, rows) => {
        if (columns === 80) for (let i = 0; i < 100; i++) await new Promise(setImmediate);
        sizes.push([columns, rows]);
        if (columns === 132) ended.resolve(0);
      },
    });
    await running();
    await exec("command=sh&stdin=true&stdout=true&tty=true", (socket) => {
      socket.send(Buffer.from('\x04{"Width":80,"Height":24}'));
      socket.send(Buffer.from("\x04no size"));
      socket.send(Buffer.from('\x04{"Width":-1,"Height":24}'));
      socket.send(Buffer.from('\x04{"Width":132,"Height":43}'));
    });
    expect(sizes.at(-1)).toEqual([132, 43]);
  });

  it("speaks base64 with those who have text only, and refuses what it does not know", async () => {
    at.node.runtime.behaviour = () => ({
      exec: (_, { stdout }) => {
        stdout.write("hi");
        return 3;
      },
    });
    await running();
    const spoken = await exec("command=true&stdout=true", undefined, ["base64.channel.k8s.io"]);
    expect(spoken[0x31]).toBe(Buffer.from("hi").toString("base64"));
    expect(Buffer.from(spoken[0x33]!, "base64").toString()).toBe("command terminated with non-zero exit code: exit status 3");
    await expect(exec("command=true&stdout=true", undefined, ["v9.channel.k8s.io"])).rejects.toThrow(
      "400 unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io], server accepts [v5.channel.k8s.io",
    );
  });

  it("of a client that does not read keeps no other from going on", async () => {
    const written = { bytes: 0 };
    at.node.runtime.behaviour = () => ({
      exec: async ([word], { stdout, signal }) => {
        if (word === "quick") return 0;
        while (!signal.aborted && written.bytes < 200 << 20) {
          written.bytes += 64 << 10;
          if (!stdout.write(Buffer.alloc(64 << 10))) await Promise.race([once(stdout, "drain"), once(signal, "abort")]);
        }
        return 0;
      },
    });
    await running();
    let stalled: WebSocket | undefined;
    const first = exec("command=flood&stdout=true", (socket) => {
      stalled = socket;
      socket.pause();
    });
    for (let i = 0; i < 20; i++) expect(JSON.parse((await exec("command=quick&stdout=true"))[3]!).status).toBe("Success");
    expect(written.bytes).toBeLessThan(64 << 20);
    stalled?.terminate();
    await first;
  });

  it("needs a container that runs", async () => {
    await at.node.run("web", { containers: [{ name: "main", image: "nowhere:v1", imagePullPolicy: "Never" }] });
    await at.node.until("web", (p) => main(p)?.state?.waiting !== undefined);
    await expect(exec("command=true&stdout=true")).rejects.toThrow('400 container not found ("main")');
  });
});

describe("attach", () => {
  const running = async () => {
    await at.node.run("web", { restartPolicy: "Never", containers: [{ name: "main", image: "bb:1", stdin: true, stdinOnce: true }] });
    await at.node.until("web", (p) => p.status?.phase === "Running");
  };

  it("joins the container's own process, however it ends", async () => {
    at.node.runtime.behaviour = () => ({
      attach: async ({ stdin, stdout }) => {
        for await (const part of stdin!) stdout.write(String(part).toUpperCase());
        return 3;
      },
    });
    await running();
    const channels = await attach("stdin=true&stdout=true&stderr=true", (socket) => {
      socket.send(Buffer.from("\0hello"));
      socket.send(Buffer.from([255, 0]));
    });
    expect(channels[1]).toBe("HELLO");
    expect(JSON.parse(channels[3]!)).toEqual({ metadata: {}, status: "Success" });
    await at.node.until("web", (p) => main(p)?.state?.terminated?.exitCode === 3);
  });

  it("leaves the process alone when the client goes", async () => {
    const left = Promise.withResolvers<void>();
    at.node.runtime.behaviour = () => ({
      attach: async ({ signal }) => {
        await once(signal, "abort");
        left.resolve();
        return undefined;
      },
    });
    await running();
    await attach("stdout=true", (socket) => socket.close());
    await left.promise;
    expect((await at.node.running("web")).state).toBe("running");
  });
});

describe("clients", () => {
  it("other than the API server are not served", async () => {
    expect(await get("/healthz")).toEqual({ status: 200, body: "ok" });
    expect(await get("/healthz", "system:node:n2")).toEqual({ status: 403, body: "Forbidden" });
  });

  it("without a certificate do not even connect", async () => {
    const { ca } = await testTls();
    const request = https.get(`${await address()}/healthz`, { ca, agent: false });
    await expect(once(request, "response")).rejects.toThrow();
  });
});
