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

const PASSED = ["stdin", "stdout", "stderr", "tty"];
const HANDSHAKE = ["sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions"];

/** Exec is an upgrade: a plain request for it is refused. */
export async function execWithoutUpgrade(): Promise<ApiResponse> {
  throw badRequest("Upgrade request required");
}

/** Opens streams into containers. The server takes no part in what is spoken: bytes go to the agent and back as they are. */
export class Exec {
  readonly #context: RestContext;
  readonly #link: AgentLink;

  constructor(context: RestContext, link: AgentLink) {
    this.#context = context;
    this.#link = link;
  }

  /** Asks the agent for a stream in the words of the client's own handshake. Rejects with a StatusError. */
  async tunnel(request: ApiRequest): Promise<Upgraded> {
    const protocol = headerOf(request, "upgrade").toLowerCase();
    const refused = badRequest(
      `unable to upgrade to ${JSON.stringify(headerOf(request, "upgrade"))}: only WebSocket is served (v5.channel.k8s.io and v4.channel.k8s.io), which kubectl speaks from 1.30 on`,
    );
    // kubectl shows the answer to its second try, which is with SPDY: what is wrong with the request itself comes first.
    if (protocol !== "websocket" && !protocol.startsWith("spdy/")) throw refused;
    const url = await this.#target(request);
    if (protocol !== "websocket") throw refused;
    const headers: Record<string, string> = { connection: "Upgrade", upgrade: "websocket" };
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
    if (call.subresource?.name !== "exec") throw unknownPath();
    await enforce(this.#context.authorizer, resourceAttributes(call));
    const { query } = request;
    const command = query.getAll("command");
    if (command.length === 0) throw badRequest("you must specify at least one command for the container");
    if (!PASSED.slice(0, 3).some((stream) => queryFlag(query, stream)))
      throw badRequest("you must specify at least one of stdin, stdout, stderr");
    const pod = await podOfCall(this.#context, call);
    const container = containerOf(pod, query.get("container") ?? "");
    const phase = pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed")
      throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
    const url = new URL(containerPath("exec", pod, container), this.#link.locate(pod.spec.nodeName));
    for (const word of command) url.searchParams.append("command", word);
    for (const stream of PASSED) if (queryFlag(query, stream)) url.searchParams.set(stream, "true");
    return url;
  }
}
