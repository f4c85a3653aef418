import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Logger, unauthorized } from "@wherry/base";
import { responseHead } from "@wherry/base/response-head.ts";
import type { Authenticator } from "../authenticate.ts";
import type { Dispatch } from "../dispatch.ts";
import { statusOf } from "../errors.ts";
import type { ApiRequest } from "../exchange.ts";
import type { Upgraded } from "../subresources/agent-link.ts";
import { bearerOfProtocols } from "./bearer-protocol.ts";
import { lastWords } from "./last-words.ts";
import { watchOverWebSocket } from "./watch-socket.ts";

export interface UpgradeOptions {
  authenticator: Authenticator;
  /** Knows watches, which may come over a WebSocket. */
  dispatch: Pick<Dispatch, "handle" | "isWatch">;
  /** Finds who speaks at the other end. Rejects with a StatusError. */
  tunnel(request: ApiRequest): Promise<Upgraded>;
  log: Logger;
}

/**
 * Handles `Upgrade` requests: a watch is sent over a WebSocket; for anything else who may, is joined to the agent byte by byte; who may not, gets a Status. Never throws. The connections are kept in
 * `open` for as long as they last, since the HTTP server has let go of them.
 */
export function onUpgrade(options: UpgradeOptions, open: Set<Duplex>) {
  return (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    upgrade(options, message, socket, head).catch((error: unknown) => lastWords(socket, statusOf(error, options.log)));
  };
}

async function upgrade(options: UpgradeOptions, message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  revealToken(message);
  const user = await options.authenticator.authenticate(message.socket, message.headers.authorization);
  if (!user) throw unauthorized();
  const gone = new AbortController();
  const onClose = () => gone.abort(new Error("the client is gone"));
  socket.once("close", onClose);
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const request: ApiRequest = {
    method: message.method ?? "GET",
    path,
    query,
    ...(mark >= 0 && { rawQuery: url.slice(mark + 1) }),
    headers: message.headers,
    user,
    body: EMPTY,
    signal: gone.signal,
  };
  if (isWebSocket(message) && options.dispatch.isWatch(request))
    return watchOverWebSocket(message, socket, head, await options.dispatch.handle(request));
  const agent = await options.tunnel(request);
  socket.off("close", onClose);
  join(socket, head, agent);
}

const isWebSocket = ({ method, headers }: IncomingMessage) => method === "GET" && headers.upgrade?.toLowerCase() === "websocket";

/** Turns a token among the subprotocols into a header, so that nothing after this knows the difference. */
function revealToken({ headers }: IncomingMessage): void {
  const found = headers.authorization ? undefined : bearerOfProtocols(headers["sec-websocket-protocol"] ?? "");
  if (!found) return;
  headers.authorization = found.authorization;
  headers["sec-websocket-protocol"] = found.protocols;
}

const EMPTY = new Uint8Array();

/** Joins two connections; each stops reading while the other does not take. The end of one is the end of both. */
function join(client: Duplex, head: Buffer, { response, socket: agent, head: agentHead }: Upgraded): void {
  client.write(responseHead(response, agent === undefined));
  if (!agent) {
    client.once("close", () => response.destroy());
    response.on("error", () => client.destroy());
    return void response.pipe(client);
  }
  if (agentHead.length > 0) client.write(agentHead);
  if (head.length > 0) agent.write(head);
  agent.on("error", () => client.destroy());
  client.once("close", () => agent.destroy());
  agent.once("close", () => client.end());
  client.pipe(agent);
  agent.pipe(client);
}
