import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest, type Clock, type Logger, notFound } from "@wherry/base";
import type { NetworkDriver } from "@wherry/network";
import type { ContainerStreams } from "@wherry/runtime";
import { acceptSpdy } from "./accept-spdy.ts";
import { acceptWebSocket } from "./accept-websocket.ts";
import type { ContainerAddress, ContainerFinder, PodAddress } from "./container-finder.ts";
import { connectToPod } from "./pod-connect.ts";
import { forwardSpdyPorts, PORT_FORWARD_PROTOCOL } from "./port-forward/spdy-ports.ts";
import { channelProtocols, forwardChannels, portsOf } from "./port-forward/websocket-ports.ts";
import { protocols } from "./remote-command/channels.ts";
import type { ClientStreams, WantedStreams } from "./remote-command/client-streams.ts";
import { exited, success } from "./remote-command/outcome.ts";
import { type ExecRequest, parseExecQuery } from "./remote-command/request.ts";
import { joinClient, type Session } from "./remote-command/session.ts";
import { spdyStreams } from "./remote-command/spdy-streams.ts";
import { webSocketStreams } from "./remote-command/websocket-streams.ts";
import { routeOf } from "./routes.ts";
import { SpdyConnection } from "./spdy/connection.ts";

/** What streams are made from. */
export interface UpgradeContext {
  finder: ContainerFinder;
  streams: ContainerStreams;
  network: Pick<NetworkDriver, "dial">;
  clock: Clock;
  log: Logger;
}

/** A request to change the protocol, and the connection that it came on. */
interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** SPDY as the messages of a WebSocket: for proxies on the way that know no SPDY. Source: apimachinery `httpstream/wsstream`, client-go `portforward/tunneling_dialer.go`. */
const TUNNELLED = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;

/** Serves a request to change the protocol. Throws a StatusError while it can still be answered; the streams then last as long as they do. */
export async function serveUpgrade(context: UpgradeContext, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const url = new URL(request.url ?? "/", "https://agent");
  const upgrade = { request, socket, head };
  const route = routeOf(url.pathname);
  switch (route?.action) {
    case "exec":
    case "attach": {
      const wanted = parseExecQuery(url.searchParams);
      const open = route.action === "exec" ? execIn(context, route.address, wanted) : attachTo(context, route.address, wanted);
      const client = await acceptClient(upgrade, wanted, context.clock);
      return client && joinClient(client, open);
    }
    case "portForward":
      return forwardPorts(context, upgrade, route.address, url.searchParams);
    case "podConnect":
      return connectToPod(context.finder.address(route.address), upgrade, url.searchParams.get("port") ?? "");
    default:
      throw notFound({ group: "", resource: "" }, url.pathname);
  }
}

const isWebSocket = ({ request }: Upgrade) => request.headers.upgrade?.toLowerCase() === "websocket";
const isSpdy = ({ request }: Upgrade) => request.headers.upgrade?.toLowerCase() === "spdy/3.1";
const unknownProtocol = ({ request }: Upgrade) => badRequest(`unable to upgrade to ${JSON.stringify(request.headers.upgrade)}`);

async function acceptClient(upgrade: Upgrade, wanted: WantedStreams, clock: Clock): Promise<ClientStreams | undefined> {
  const { request, socket, head } = upgrade;
  if (isWebSocket(upgrade)) return webSocketStreams(await acceptWebSocket(request, socket, head, protocols), wanted);
  if (isSpdy(upgrade)) return spdyStreams(upgrade, wanted, clock);
  throw unknownProtocol(upgrade);
}

async function forwardPorts(
  { finder, network }: UpgradeContext,
  upgrade: Upgrade,
  address: PodAddress,
  query: URLSearchParams,
): Promise<void> {
  const { request, socket, head } = upgrade;
  const { sandbox, pid } = finder.network(address);
  const dial = (port: number) => network.dial(pid, port);
  const describe = (port: number) => `port ${port} to pod ${sandbox}, uid `;
  if (isSpdy(upgrade)) {
    const { connect } = acceptSpdy(request, socket, head, [PORT_FORWARD_PROTOCOL], PORT_FORWARD_PROTOCOL);
    return forwardSpdyPorts(connect, dial, describe);
  }
  if (!isWebSocket(upgrade)) throw unknownProtocol(upgrade);
  const tunnelled = (request.headers["sec-websocket-protocol"] ?? "").includes(TUNNELLED);
  if (!tunnelled) {
    const ports = portsOf(query);
    return forwardChannels(await acceptWebSocket(request, socket, head, channelProtocols), ports, dial, describe);
  }
  const opened = await acceptWebSocket(request, socket, head, [TUNNELLED]);
  const { createWebSocketStream } = await import("ws");
  const stream = createWebSocketStream(opened.socket);
  forwardSpdyPorts((onStream) => new SpdyConnection(stream, { role: "server", onStream }), dial, describe);
}

/** The container must run when the request comes; later failures go over the error stream. */
function execIn({ finder, streams }: UpgradeContext, address: ContainerAddress, { command, stdin, tty }: ExecRequest) {
  const { id } = finder.running(address);
  return async (): Promise<Session> => {
    const session = await streams.exec(id, { command, stdin, tty });
    return { streams: session, outcome: session.exit.then(exited) };
  };
}

/** How the process ended is not for those who attach: they see it in the pod's status. Source: kubelet `ServeAttach`. */
function attachTo({ finder, streams }: UpgradeContext, address: ContainerAddress, { stdin }: WantedStreams) {
  const { id } = finder.running(address);
  return async (): Promise<Session> => ({ streams: await streams.attach(id, { stdin }), outcome: Promise.resolve(success) });
}
