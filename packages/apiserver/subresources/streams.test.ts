import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { Node, Pod } from "@wherry/api";
import { silentLogger, systemClock } from "@wherry/base";
import { createClient, httpsTransport, type Transport } from "@wherry/client";
import { type TestTls, testTls } from "@wherry/pki/testing/tls.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { createApiServer } from "../server.ts";
import { caller } from "../testing/call.ts";

/** What a node's agent is to the API server: an HTTPS server that only its client certificate may talk to. */
async function startAgent(pki: TestTls) {
  const server = createServer({ ...pki.server, ca: pki.ca, requestCert: true, rejectUnauthorized: true });
  const asked: string[] = [];
  const produced = { bytes: 0 };
  server.on("request", (request, response) => {
    asked.push(request.url ?? "");
    if (request.url?.includes("/bad/"))
      return response.writeHead(400).end('container "c" in pod "bad" is waiting to start: ContainerCreating');
    if (!request.url?.includes("follow=true")) return response.end("line 1\nline 2\n");
    const push = () => {
      while (!response.destroyed && produced.bytes < 200 << 20) {
        produced.bytes += 64 << 10;
        if (!response.write(Buffer.alloc(64 << 10, "x"))) return void response.once("drain", push);
      }
    };
    push();
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  server.on("upgrade", (request, socket, head) => {
    asked.push(request.url ?? "");
    if (request.url?.includes("command=fail")) return socket.end("HTTP/1.1 404 no%20such%20container\r\ncontent-length: 0\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (opened) => opened.on("message", (data) => opened.send(data)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, asked, produced, port: (server.address() as AddressInfo).port };
}

let pki: TestTls;
let plane: ControlPlane;
let agent: { server: Server; asked: string[]; produced: { bytes: number }; port: number };
let network: Transport;
const PODS = "/api/v1/namespaces/default/pods";

beforeAll(async () => {
  pki = await testTls();
  agent = await startAgent(pki);
  const agentClient = { ...(await pki.client("kube-apiserver-kubelet-client")), ca: pki.ca };
  plane = await startControlPlane({ clock: systemClock, server: { tls: pki.server, agentClient } });
  const { port } = await plane.server.listen({ host: "127.0.0.1", port: 0 });
  network = httpsTransport({ server: `https://127.0.0.1:${port}`, ca: pki.ca, ...(await pki.client("admin")) });
  await plane.client.create(Node, { metadata: { name: "n1" }, spec: {} });
  await plane.client.patch(
    Node,
    { name: "n1" },
    {
      type: "merge",
      body: {
        status: { addresses: [{ type: "InternalIP", address: "127.0.0.1" }], daemonEndpoints: { kubeletEndpoint: { Port: agent.port } } },
      },
    },
    { subresource: "status" },
  );
  for (const name of ["one", "bad"]) await createPod(name, ["c"]);
  await createPod("two", ["a", "b"]);
  await createPod("prepared", ["c"], ["init"]);
  await plane.client.create(Pod, {
    metadata: { name: "unbound", namespace: "default" },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
});
afterAll(async () => {
  network?.close();
  await plane?.close();
  agent?.server.closeAllConnections();
  agent?.server.close();
});

async function createPod(name: string, containers: string[], initContainers: string[] = []): Promise<void> {
  const named = (names: string[]) => names.map((c) => ({ name: c, image: "i" }));
  const spec = { nodeName: "n1", containers: named(containers), initContainers: named(initContainers) };
  await plane.client.create(Pod, { metadata: { name, namespace: "default" }, spec });
}

describe("logs", () => {
  it("come from the agent", async () => {
    const answer = await caller(network)("GET", `${PODS}/one/log?tailLines=2&timestamps=true&container=c`);
    expect(answer).toMatchObject({ status: 200, text: "line 1\nline 2\n", headers: { "content-type": "text/plain" } });
    expect(agent.asked.at(-1)).toBe("/containerLogs/default/one/c?tailLines=2&timestamps=true");
  });

  it("of a pod without a node are empty, of what is not there an error", async () => {
    const api = caller(network);
    expect(await api("GET", `${PODS}/unbound/log`)).toMatchObject({ status: 200, text: "" });
    expect((await api("GET", `${PODS}/none/log`)).json()).toMatchObject({ code: 404, message: 'pods "none" not found' });
    expect((await api("GET", `${PODS}/one/log?container=x`)).json()).toMatchObject({
      code: 400,
      message: "container x is not valid for pod one",
    });
    expect(await api("GET", `${PODS}/prepared/log`)).toMatchObject({ status: 200, text: "line 1\nline 2\n" });
    expect((await api("GET", `${PODS}/two/log`)).json().message).toBe(
      "a container name must be specified for pod two, choose one of: [a b]",
    );
    expect((await api("GET", `${PODS}/bad/log`)).json()).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message: 'container "c" in pod "bad" is waiting to start: ContainerCreating',
    });
    expect((await api("GET", `${PODS}/one/log?tailLines=-1`)).json()).toMatchObject({ code: 422 });
  });

  it("that nobody reads are not produced", async () => {
    const stop = new AbortController();
    const response = await network.request({ method: "GET", path: `${PODS}/one/log?follow=true`, signal: stop.signal });
    const reader = response.body[Symbol.asyncIterator]();
    await reader.next();
    // A whole other exchange gives the producer its time.
    for (let i = 0; i < 50; i++) await caller(network)("GET", "/healthz");
    expect(agent.produced.bytes).toBeLessThan(100 << 20);
    stop.abort();
  });
});

describe("exec", () => {
  const path = (pod: string, command: string) => `${PODS}/${pod}/exec?command=${command}&command=a%20b&stdin=true&stdout=true&tty=false`;

  it("is a tunnel to the agent", async () => {
    const socket = await createClient(network).upgrade(path("one", "echo"), ["v5.channel.k8s.io"]);
    expect(socket.protocol).toBe("v5.channel.k8s.io");
    expect(agent.asked.at(-1)).toBe("/exec/default/one/c?command=echo&command=a+b&stdin=true&stdout=true");
    const stream = socket.messages();
    const big = Buffer.alloc(1 << 20, 7);
    socket.send(big);
    const [first] = await once(stream, "data");
    expect(Buffer.compare(first as Buffer, big)).toBe(0);
    const ended = once(stream.resume(), "end");
    socket.close(1000);
    await ended;
  });

  it("of a container's own process is an attach", async () => {
    const socket = await createClient(network).upgrade(`${PODS}/one/attach?stdout=true&stdin=1&tty=true`, ["v5.channel.k8s.io"]);
    expect(agent.asked.at(-1)).toBe("/attach/default/one/c?stdin=true&stdout=true&tty=true");
    socket.close(1000);
    await expect(createClient(network).upgrade(`${PODS}/one/attach`, ["v5.channel.k8s.io"])).rejects.toThrow(
      "you must specify at least one of stdin, stdout, stderr",
    );
  });

  it("works for a caller in this process", async () => {
    const socket = await plane.client.upgrade(path("one", "echo"), ["v4.channel.k8s.io"]);
    socket.send(Buffer.from("hi"));
    const [message] = await once(socket.messages(), "data");
    expect((message as Buffer).toString()).toBe("hi");
    socket.close(1000);
  });

  it("that cannot be is refused with a Status", async () => {
    const refused = async (target: string) => {
      const error = await createClient(network)
        .upgrade(target, ["v5.channel.k8s.io"])
        .then(
          () => undefined,
          (e: Error) => e,
        );
      return error?.message;
    };
    expect(await refused(path("one", "fail"))).toBe("no such container");
    expect(await refused(path("unbound", "echo"))).toBe("pod unbound does not have a host assigned");
    expect(await refused(path("none", "echo"))).toBe('pods "none" not found');
    expect(await refused(`${PODS}/one/exec?stdout=true`)).toBe("you must specify at least one command for the container");
    expect(await refused(`${PODS}/one/exec?command=a`)).toBe("you must specify at least one of stdin, stdout, stderr");
    const upgrade = (pod: string, protocol: string) =>
      caller(network)("POST", path(pod, "echo"), undefined, { connection: "Upgrade", upgrade: protocol });
    expect((await upgrade("one", "h2c")).json()).toMatchObject({
      code: 400,
      message: expect.stringContaining("only WebSocket and SPDY/3.1 are served"),
    });
    expect((await upgrade("none", "SPDY/3.1")).json()).toMatchObject({ code: 404, message: 'pods "none" not found' });
    expect((await caller(network)("GET", path("one", "echo"))).json()).toMatchObject({ code: 400, message: "Upgrade request required" });
  });

  it("ends when the server closes", async () => {
    const agentClient = { ...(await pki.client("kube-apiserver-kubelet-client")), ca: pki.ca };
    const { store, registry } = plane;
    const second = await createApiServer({
      ...{ store, registry, agentClient, clock: systemClock, log: silentLogger },
      ...{ tls: pki.server, serviceCIDR: "10.96.0.0/16", version: "0.0.0" },
    });
    const { port } = await second.listen({ host: "127.0.0.1", port: 0 });
    const through = httpsTransport({ server: `https://127.0.0.1:${port}`, ca: pki.ca, ...(await pki.client("admin")) });
    const socket = await createClient(through).upgrade(path("one", "echo"), ["v5.channel.k8s.io"]);
    const ended = once(socket.messages().resume(), "end");
    await second.close();
    await ended;
    through.close();
  });
});
