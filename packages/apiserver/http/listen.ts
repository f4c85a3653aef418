import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "@wherry/base";
import type { Authenticator } from "../authenticate.ts";
import type { Dispatch } from "../dispatch.ts";
import { statusOf, statusResponse } from "../errors.ts";
import { onClientError } from "./client-error.ts";
import { acceptsGzip } from "./gzip.ts";
import { lastWords } from "./last-words.ts";
import { apiRequest, readBody } from "./request.ts";
import { respond } from "./respond.ts";
import { onUpgrade, type UpgradeOptions } from "./upgrade.ts";

/** The server's own certificate, and whom it lets in. PEM. */
export interface TlsOptions {
  cert: string;
  key: string;
  /** Client certificates are good when this authority signed them. */
  clientCa: string;
}

export interface HttpOptions {
  /** Plain HTTP when absent: for tests on one machine. */
  tls?: TlsOptions | undefined;
  dispatch: Dispatch;
  authenticator: Authenticator;
  /** Serves upgrades of the connection. */
  tunnel: UpgradeOptions["tunnel"];
  log: Logger;
}

/** The API on the network. */
export interface HttpServer {
  /** Rejects when the address cannot be had. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** Ends every connection. Idempotent. */
  close(): Promise<void>;
}

/** A server without routes: what a path means is known to the dispatcher. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const server = makeServer(options);
  const tunnels = new Set<Duplex>();
  server.on("request", (message: IncomingMessage, response: ServerResponse) => void serve(options, message, response));
  server.on("clientError", onClientError);
  server.on("upgrade", onUpgrade(options, tunnels));
  return {
    async listen(address) {
      server.listen(address);
      await once(server, "listening");
      return { port: (server.address() as AddressInfo).port };
    },
    async close() {
      for (const tunnel of tunnels) tunnel.destroy();
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function makeServer({ tls }: HttpOptions): Server {
  const limits = {
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    keepAliveTimeout: 90_000,
    headersTimeout: 20_000,
    requestTimeout: 60_000,
  };
  if (!tls) return createServer(limits);
  const { cert, key, clientCa: ca } = tls;
  // A bad certificate is answered with a Status, not with a broken handshake.
  const handshake = { requestCert: true, rejectUnauthorized: false, handshakeTimeout: 10_000, minVersion: "TLSv1.2" as const };
  return createTlsServer({ ...limits, ...handshake, cert, key, ca });
}

/** Answers one request. Never rejects. */
async function serve({ authenticator, dispatch, log }: HttpOptions, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = message;
  try {
    const user = await authenticator.authenticate(message.socket, headers.authorization);
    const body = await readBody(message);
    if (!body) return;
    const answer = await dispatch.handle(apiRequest(message, response, user, body));
    await respond(response, answer, acceptsGzip(headers["accept-encoding"]), log);
  } catch (error) {
    const status = statusOf(error, log);
    // The rest of a body that is too large is not read: the connection ends here.
    if (status.code === 413) lastWords(message.socket, status);
    else await respond(response, statusResponse(status), false, log);
  }
}
