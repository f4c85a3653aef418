import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial } from "node:net";
import { text } from "node:stream/consumers";
import { createClient, httpsTransport } from "@wherry/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { forwardConnection } from "./tunnel.ts";

// The far side of the protocol as a kubelet speaks it: the port on each channel first, then data. What it does with the data is up to each test.
let far: WebSocketServer;
let asked: string[];
beforeEach(async () => {
  asked = [];
  far = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "v4.channel.k8s.io" });
  await once(far, "listening");
});
afterEach(() => new Promise<void>((resolve) => far.close(() => resolve())));

const message = (channel: number, data: string | Uint8Array) => Buffer.concat([Buffer.of(channel), Buffer.from(data as string)]);

function answering(answer: (data: string) => Buffer[]): void {
  far.on("connection", (socket, request) => {
    asked.push(request.url ?? "");
    for (const channel of [0, 1]) socket.send(message(channel, Buffer.of(80, 0)));
    socket.on("message", (data: Buffer) => {
      for (const one of answer(data.subarray(1).toString())) socket.send(one);
      socket.close();
    });
  });
}

/** One connection through the tunnel: what it is given back, and how the tunnel ended. */
async function through(data: string): Promise<{ got: string; ended: unknown }> {
  const client = createClient(httpsTransport({ server: `http://127.0.0.1:${(far.address() as AddressInfo).port}` }));
  let ended: Promise<unknown> = Promise.resolve();
  const near = createServer({ allowHalfOpen: true }, (socket) => {
    ended = forwardConnection(client, "/pods/web/portforward", 80, socket).catch((error: unknown) => {
      socket.destroy();
      return error;
    });
  }).listen(0, "127.0.0.1");
  await once(near, "listening");
  const socket = dial((near.address() as AddressInfo).port, "127.0.0.1");
  socket.write(data);
  const got = await text(socket).catch(() => "");
  socket.end();
  const outcome = await ended;
  near.close();
  client.close();
  return { got, ended: outcome };
}

it("carries bytes both ways, without the ports that come first", async () => {
  answering((data) => [message(0, data.toUpperCase()), message(0, "!")]);
  expect(await through("hello")).toEqual({ got: "HELLO!", ended: undefined });
  expect(asked).toEqual(["/pods/web/portforward?ports=80"]);
});

it("tells what the node says on the channel for errors", async () => {
  answering(() => [message(1, "nobody listens on port 80")]);
  expect((await through("x")).ended).toMatchObject({ message: "nobody listens on port 80" });
});
