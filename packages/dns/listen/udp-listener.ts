import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Logger } from "@wherry/base";
import type { Responder } from "../responder.ts";

/** Answers over UDP. Rejects when the address can't be had; later errors are only logged. */
export function listenUdp(host: string, port: number, responder: Responder, log: Logger): Promise<Socket> {
  const socket = createSocket(isIPv6(host) ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
  socket.on("message", (packet, from) => void answer(socket, responder, packet, from, log));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, host, () => {
      socket.off("error", reject);
      socket.on("error", (error) => log.warn("a DNS socket failed", { host, port, error }));
      resolve(socket);
    });
  });
}

async function answer(
  socket: Socket,
  responder: Responder,
  packet: Buffer,
  from: { address: string; port: number },
  log: Logger,
): Promise<void> {
  const response = await responder.respond(packet, "udp");
  if (!response) return;
  try {
    socket.send(response, from.port, from.address, (error) => {
      if (error) log.debug("a DNS answer could not be sent", { to: from.address, error });
    });
  } catch (error) {
    // The socket was closed while the answer was on its way.
    log.debug("a DNS answer could not be sent", { to: from.address, error });
  }
}
