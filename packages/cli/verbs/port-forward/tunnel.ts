import { once } from "node:events";
import type { Socket } from "node:net";
import type { Client, WebSocketLike } from "@wherry/client";
import { UsageError } from "../../errors.ts";

/**
 * The forwarding protocol over WebSocket: each port has a channel for data and one for errors, whose first message is the port itself; the first byte of a message
 * is its channel. Source: kubelet pkg/cri/streaming/portforward/websocket.go.
 */
const PROTOCOLS = ["v4.channel.k8s.io"];
const DATA = 0;
const ERROR = 1;

/** Opens a tunnel to a port of a pod. `path` is that of its subresource. */
export const openForward = (client: Client, path: string, port: number): Promise<WebSocketLike> =>
  client.upgrade(`${path}?ports=${port}`, PROTOCOLS);

/** Carries one connection through a tunnel of its own until either side ends it. Throws a UsageError with the node's words when it cannot. */
export async function forwardConnection(client: Client, path: string, port: number, socket: Socket): Promise<void> {
  const tunnel = await openForward(client, path, port);
  socket.on("error", () => tunnel.close());
  // It fails when either side is gone, and that is seen below.
  sendUp(socket, tunnel).catch(() => tunnel.close());
  const greeted = new Set<number>();
  try {
    for await (const message of tunnel.messages()) {
      const data = message as Buffer;
      const channel = data[0] as number;
      if (!greeted.has(channel)) {
        greeted.add(channel);
        continue;
      }
      if (channel === ERROR && data.length > 1) throw new UsageError(data.subarray(1).toString());
      if (channel === DATA && !socket.write(data.subarray(1))) await once(socket, "drain");
    }
    socket.end();
  } finally {
    tunnel.close();
  }
}

async function sendUp(socket: Socket, tunnel: WebSocketLike): Promise<void> {
  for await (const chunk of socket) await tunnel.send(Buffer.concat([Buffer.of(DATA), chunk as Buffer]));
}
