import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { badRequest, failure } from "@wherry/base";
import { goWords } from "@wherry/network/dial-localhost.ts";

/**
 * Makes a connection one to a pod's address, byte by byte: how the API server reaches pods that only their node can. Rejects with BadGateway when nobody answers there; each direction then ends by itself.
 */
export async function connectToPod(ip: string, { socket, head }: { socket: Duplex; head: Buffer }, port: string): Promise<void> {
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_535)
    throw badRequest(`port must be a number from 1 to 65535: ${JSON.stringify(port)}`);
  const pod = connect({ host: ip, port: number, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    pod.once("connect", resolve);
    pod.once("error", (error) => reject(failure(502, "BadGateway", `dial tcp ${ip}:${port}: connect: ${goWords(error)}`)));
    socket.once("close", () => pod.destroy());
  });
  pod.on("error", () => socket.destroy());
  pod.once("close", () => socket.end());
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  if (head.length > 0) pod.write(head);
  socket.pipe(pod);
  pod.pipe(socket);
}
