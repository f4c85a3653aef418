import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Clock, internalError, type Logger, StatusError } from "@wherry/base";
import type { NetworkDriver } from "@wherry/network";
import type { ContainerStreams } from "@wherry/runtime";
import type { ContainerFinder } from "./container-finder.ts";
import { routeOf } from "./routes.ts";
import { sendLogs } from "./send-logs.ts";
import { serveUpgrade } from "./upgrades.ts";

export interface AgentServerOptions {
  /** PEM. `clientCa` signs the only clients that are let in. */
  tls: { cert: string; key: string; clientCa: string };
  finder: ContainerFinder;
  streams: ContainerStreams;
  network: Pick<NetworkDriver, "dial">;
  clock: Clock;
  log: Logger;
}

/** Who may ask: the API server's own client certificate, and no other of the cluster's. */
const CLIENT = "kube-apiserver-kubelet-client";

/** Serves a node's logs and streams to the API server over HTTPS with mutual TLS. */
export class AgentServer {
  readonly #options: AgentServerOptions;
  readonly #server: Server;
  readonly #upgraded = new Set<Duplex>();

  constructor(options: AgentServerOptions) {
    this.#options = options;
    const { cert, key, clientCa } = options.tls;
    this.#server = createServer({ cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" });
    this.#server.on("request", (request, response) => void this.#answer(request, response));
    this.#server.on("upgrade", (request, socket: Duplex, head) => void this.#upgrade(request, socket, head));
    this.#server.on("clientError", (_, socket) => socket.destroy());
    this.#server.on("tlsClientError", (error) => options.log.debug("a client was refused", { error }));
  }

  /** Resolves with the port; 0 = any free one. Rejects when the port is taken. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) => this.#options.log.error("the agent's server failed", { error }));
        const address = this.#server.address();
        resolve(typeof address === "object" && address ? address.port : port);
      });
    });
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      // The server has let go of those that changed their protocol, and yet waits for them.
      for (const socket of this.#upgraded) socket.destroy();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!isAllowed(request)) return refuse(response, 403, "Forbidden");
      const url = new URL(request.url ?? "/", "https://agent");
      const route = routeOf(url.pathname);
      if (route?.action === "healthz") return refuse(response, 200, "ok");
      if (route?.action !== "containerLogs" || request.method !== "GET") return refuse(response, 404, "404 page not found");
      await sendLogs(route.address, url.searchParams, response, this.#options);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else answerStatus(response, error as Error);
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const end = (code: number, text: string) => socket.end(`HTTP/1.1 ${code} ${text}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    this.#upgraded.add(socket);
    socket.once("close", () => this.#upgraded.delete(socket));
    socket.on("error", () => socket.destroy());
    try {
      if (!isAllowed(request)) return void end(403, "Forbidden");
      await serveUpgrade(this.#options, request, socket, head);
    } catch (error) {
      const { code } = toStatus(error as Error);
      end(code, encodeURIComponent((error as Error).message));
    }
  }
}

const isAllowed = ({ socket }: IncomingMessage): boolean => (socket as TLSSocket).getPeerCertificate().subject?.CN === CLIENT;

function refuse(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { "content-type": "text/plain" }).end(text);
}

function answerStatus(response: ServerResponse, error: Error): void {
  const { code, status } = toStatus(error);
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(status));
}

const toStatus = (error: Error): StatusError => (error instanceof StatusError ? error : internalError(error.message));
