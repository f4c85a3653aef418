import type { Pod } from "@wherry/api";
import { badRequest } from "@wherry/base";
import type { WebSocketLike } from "@wherry/client";
import { openWebSocket } from "@wherry/client/websocket.ts";
import { queryFlag } from "@wherry/machinery";
import { enforce, resourceAttributes } from "../authorization/enforce.ts";
import { unknownPath } from "../errors.ts";
import { type ApiRequest, type ApiResponse, headerOf } from "../exchange.ts";
import { parseResourcePath } from "../request-info.ts";
import type { ResourceCall, RestContext } from "../rest/context.ts";
import type { AgentLink, Upgraded } from "./agent-link.ts";
import { containerOf, containerPath, podOfCall } from "./pod-target.ts";

const STREAMS = ["stdin", "stdout", "stderr"];
const HANDSHAKE = [
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "x-stream-protocol-version",
];

/** These subresources are upgrades: a plain request for one is refused. */
export async function withoutUpgrade(): Promise<ApiResponse> {
  throw badRequest("Upgrade request required");
}

/** Opens streams into pods. The server takes no part in what is spoken: bytes go to the agent and back as they are. */
export class PodStreams {
  readonly #context: RestContext;
  readonly #link: AgentLink;

  constructor(context: RestContext, link: AgentLink) {
    this.#context = context;
    this.#link = link;
  }

  /** Asks the agent for a stream in the words of the client's own handshake. Rejects with a StatusError. */
  async tunnel(request: ApiRequest): Promise<Upgraded> {
    const protocol = headerOf(request, "upgrade");
    if (!/^(websocket|spdy\/3\.1)$/i.test(protocol))
      throw badRequest(`unable to upgrade to ${JSON.stringify(protocol)}: only WebSocket and SPDY/3.1 are served`);
    const url = await this.#target(request);
    const headers: Record<string, string> = { connection: "Upgrade", upgrade: protocol };
    for (const name of HANDSHAKE) if (headerOf(request, name)) headers[name] = headerOf(request, name);
    return this.#link.upgrade(url, headers, request.signal);
  }

  /** A stream for a caller in this process. */
  async open(request: ApiRequest, protocols: readonly string[]): Promise<WebSocketLike> {
    const url = await this.#target(request);
    return openWebSocket({ url, protocols, headers: {}, tls: this.#link.credentials, signal: request.signal });
  }

  async #target(request: ApiRequest): Promise<URL> {
    const call: ResourceCall = { ...parseResourcePath(this.#context.registry, request.path), request };
    const target = call.kind.plural === "pods" ? TARGETS[call.subresource?.name ?? ""] : undefined;
    if (!target) throw unknownPath();
    await enforce(this.#context.authorizer, resourceAttributes(call));
    const { pod, path, query } = await target(() => podOfCall(this.#context, call), request.query);
    if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
    const url = new URL(path, this.#link.locate(pod.spec.nodeName));
    for (const [name, value] of query) url.searchParams.append(name, value);
    return url;
  }
}

/** What an agent is asked for. */
interface Target {
  pod: Pod;
  path: string;
  query: readonly (readonly [string, string])[];
}

/** Judges a request before it looks for the pod. Throws a StatusError. Source: core `registry/core/pod/rest/subresources.go` and `pod/strategy.go`. */
type FindTarget = (pod: () => Promise<Pod>, query: URLSearchParams) => Promise<Target>;

const exec: FindTarget = async (find, query) => {
  const command = query.getAll("command");
  if (command.length === 0) throw badRequest("you must specify at least one command for the container");
  const streams = streamsOf(query);
  const pod = await find();
  const container = containerOf(pod, query.get("container") ?? "");
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed")
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  return { pod, path: containerPath("exec", pod, container), query: [...command.map((word) => ["command", word] as const), ...streams] };
};

const attach: FindTarget = async (find, query) => {
  const streams = streamsOf(query);
  const pod = await find();
  return { pod, path: containerPath("attach", pod, containerOf(pod, query.get("container") ?? "")), query: streams };
};

const portforward: FindTarget = async (find, query) => {
  const pod = await find();
  const { namespace = "", name } = pod.metadata;
  const ports = query.getAll("ports").map((port) => ["port", port] as const);
  return { pod, path: `/portForward/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, query: ports };
};

const TARGETS: Readonly<Record<string, FindTarget>> = { exec, attach, portforward };

/** The streams that are wanted, as a query. Throws BadRequest when there are none. */
function streamsOf(query: URLSearchParams): [string, string][] {
  const wanted = STREAMS.filter((stream) => queryFlag(query, stream));
  if (wanted.length === 0) throw badRequest("you must specify at least one of stdin, stdout, stderr");
  return [...wanted, ...(queryFlag(query, "tty") ? ["tty"] : [])].map((name) => [name, "true"]);
}
