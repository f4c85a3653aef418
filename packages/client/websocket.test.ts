import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { openWebSocket } from "./websocket.ts";

let server: WebSocketServer;
beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
});
afterEach(async () => {
  for (const one of server.clients) one.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** Both ends of a connection. */
async function connected() {
  const accepted = once(server, "connection") as Promise<[WebSocket]>;
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const near = await openWebSocket({ url, protocols: [], headers: {}, tls: {} });
  return { near, far: (await accepted)[0] };
}

it("gives what came before the end, also to one who sends after it", async () => {
  const { near, far } = await connected();
  far.send(Buffer.from("last"));
  far.close();
  await once(far, "close");
  await near.send(Buffer.from("too late"));
  expect((await near.messages().toArray()).map(String)).toEqual(["last"]);
});

it("keeps a sender waiting while the far side takes nothing", async () => {
  const { near, far } = await connected();
  far.pause();
  // Far more than the kernel keeps for a connection.
  const message = Buffer.alloc(32 << 20, "x");
  let taken = false;
  const sending = near.send(message).then(() => {
    taken = true;
  });
  await setImmediate();
  expect(taken).toBe(false);
  const arrived = once(far, "message");
  far.resume();
  expect(message.equals((await arrived)[0])).toBe(true);
  await sending;
  near.close();
});
