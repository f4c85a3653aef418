import { createServer, type Server, type Socket } from "node:net";
import type { Clock, Logger, Timer } from "@wherry/base";
import type { Responder } from "../responder.ts";
import { FrameReader, frame } from "../wire/frame.ts";

const MAX_CONNECTIONS = 512;
const IDLE_MS = 10_000;
/** Unanswered queries of one connection: who sends more is not read until some are answered. */
const MAX_WAITING = 64;
/** Unread answers: who does not read them is cut off. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Answers over TCP, as many queries of one connection as it likes, in any order. Rejects when the address can't be had. */
export function listenTcp(host: string, port: number, responder: Responder, clock: Clock, log: Logger): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => serve(socket, responder, clock));
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, ipv6Only: true }, () => {
      server.off("error", reject);
      server.on("error", (error) => log.warn("a DNS server failed", { host, port, error }));
      resolve(server);
    });
  });
}

function serve(socket: Socket, responder: Responder, clock: Clock): void {
  let waiting = 0;
  let idle: Timer | undefined;
  const rest = () => {
    idle?.cancel();
    idle = clock.schedule(IDLE_MS, () => socket.destroy());
  };
  const reader = new FrameReader((packet) => {
    if (++waiting >= MAX_WAITING) socket.pause();
    void responder.respond(packet, "tcp").then((response) => {
      waiting--;
      send(socket, response);
      if (socket.isPaused() && waiting < MAX_WAITING) socket.resume();
    });
  });
  rest();
  socket.on("data", (chunk) => {
    rest();
    reader.push(chunk);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => idle?.cancel());
}

/** What got no answer was no query: the connection is of no use. */
function send(socket: Socket, response: Buffer | undefined): void {
  if (socket.destroyed) return;
  if (!response || socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  else socket.write(frame(response));
}
