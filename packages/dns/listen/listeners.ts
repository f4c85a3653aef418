import type { Socket } from "node:dgram";
import type { AddressInfo, Server } from "node:net";
import type { Clock, Logger } from "@wherry/base";
import type { Responder } from "../responder.ts";
import { listenTcp } from "./tcp-listener.ts";
import { listenUdp } from "./udp-listener.ts";

/** A free TCP port may be taken for UDP: then another one is tried. */
const PORT_TRIES = 20;

export interface Listeners {
  port: number;
  close(): void;
}

interface ListenOptions {
  addresses: readonly string[];
  /** 0: any that is free, the same for UDP and TCP on all addresses. */
  port: number;
  responder: Responder;
  clock: Clock;
  log: Logger;
}

/** Listens on UDP and TCP of all addresses, or on none: then it rejects and says which address it could not have. */
export async function listen(options: ListenOptions): Promise<Listeners> {
  for (let left = PORT_TRIES; ; left--) {
    try {
      return await listenOnce(options);
    } catch (error) {
      if (options.port !== 0 || left === 0 || !isTaken(error)) throw error;
    }
  }
}

async function listenOnce({ addresses, port, responder, clock, log }: ListenOptions): Promise<Listeners> {
  const open: (Server | Socket)[] = [];
  const connections = new Set<{ destroy(): void }>();
  const close = () => {
    for (const socket of open) socket.close();
    for (const connection of connections) connection.destroy();
  };
  let chosen = port;
  try {
    for (const host of addresses) {
      const server = await listenTcp(host, chosen, responder, clock, log);
      open.push(server);
      server.on("connection", (connection) => {
        connections.add(connection);
        connection.on("close", () => connections.delete(connection));
      });
      chosen = (server.address() as AddressInfo).port;
      open.push(await listenUdp(host, chosen, responder, log));
    }
    return { port: chosen, close };
  } catch (error) {
    close();
    throw new Error(`cannot serve DNS on ${addresses.join(", ")} port ${chosen}: ${(error as Error).message}`, { cause: error });
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === "EADDRINUSE";
}
