import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest, type Clock, type Logger, notFound } from "@wherry/base";
import type { ContainerStreams } from "@wherry/runtime";
import { acceptWebSocket } from "./accept-websocket.ts";
import type { ContainerAddress, ContainerFinder } from "./container-finder.ts";
import { protocols } from "./remote-command/channels.ts";
import type { ClientStreams, WantedStreams } from "./remote-command/client-streams.ts";
import { exited, success } from "./remote-command/outcome.ts";
import { type ExecRequest, parseExecQuery } from "./remote-command/request.ts";
import { joinClient, type Session } from "./remote-command/session.ts";
import { webSocketStreams } from "./remote-command/websocket-streams.ts";
import { routeOf } from "./routes.ts";

/** What streams are made from. */
export interface UpgradeContext {
  finder: ContainerFinder;
  streams: ContainerStreams;
  clock: Clock;
  log: Logger;
}

/** Serves a request to change the protocol. Throws a StatusError while it can still be answered; the streams then last as long as they do. */
export async function serveUpgrade(context: UpgradeContext, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const url = new URL(request.url ?? "/", "https://agent");
  const route = routeOf(url.pathname);
  if (route?.action !== "exec" && route?.action !== "attach") throw notFound({ group: "", resource: "" }, url.pathname);
  const wanted = parseExecQuery(url.searchParams);
  const open = route.action === "exec" ? execIn(context, route.address, wanted) : attachTo(context, route.address, wanted);
  const client = await acceptClient(request, socket, head, wanted);
  await joinClient(client, open);
}

async function acceptClient(request: IncomingMessage, socket: Duplex, head: Buffer, wanted: WantedStreams): Promise<ClientStreams> {
  const protocol = request.headers.upgrade?.toLowerCase();
  if (protocol === "websocket") return webSocketStreams(await acceptWebSocket(request, socket, head, protocols), wanted);
  throw badRequest(`unable to upgrade to ${JSON.stringify(request.headers.upgrade)}`);
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
