import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { unavailable } from "../../errors.ts";
import type { AgentLink } from "../agent-link.ts";
import type { Place, Target } from "./target.ts";

/** Connects to the target. Rejects with ServiceUnavailable in upstream's words. */
export async function dial(link: AgentLink, { place, secure }: Target, signal: AbortSignal): Promise<Duplex> {
  try {
    const socket = place.at === "agent" ? await toAgent(link, place.nodeName) : await plain(link, place, signal);
    // A pod's certificate is not for this server to judge, as with upstream's.
    return secure && place.at !== "agent" ? await ready(connectTls({ socket, rejectUnauthorized: false })) : socket;
  } catch (error) {
    throw unavailable(`error trying to reach service: ${(error as Error).message}`);
  }
}

async function plain(link: AgentLink, place: Exclude<Place, { at: "agent" }>, signal: AbortSignal): Promise<Duplex> {
  if (place.at === "address") {
    const socket = connectTcp({ host: place.host, port: place.port, allowHalfOpen: true, signal });
    await once(socket, "connect");
    return socket;
  }
  const { nodeName, namespace, name, port } = place;
  const url = new URL(`/podConnect/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}?port=${port}`, link.locate(nodeName));
  const { socket, head } = await link.upgrade(url, { connection: "Upgrade", upgrade: "tcp" }, signal);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

function toAgent(link: AgentLink, nodeName: string): Promise<TLSSocket> {
  const { hostname, port } = link.locate(nodeName);
  return ready(connectTls({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), ...link.credentials }));
}

async function ready(socket: TLSSocket): Promise<TLSSocket> {
  await once(socket, "secureConnect");
  return socket;
}
