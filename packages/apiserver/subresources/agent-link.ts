import type { IncomingMessage } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { Node } from "@wherry/api";
import { badRequest, failure, internalError, notFound, type Status, StatusError } from "@wherry/base";
import { unavailable } from "../errors.ts";

/** How the server proves to agents who it is, and knows them. PEM. */
export interface AgentCredentials {
  cert: string;
  key: string;
  ca: string;
}

/** The answer to a request for another protocol. */
export interface Upgraded {
  response: IncomingMessage;
  /** Undefined when it was not agreed to: the response is all there is. */
  socket: Duplex | undefined;
  head: Buffer;
}

/** The answer of one who agreed. */
export interface Agreed extends Upgraded {
  socket: Duplex;
}

const CONNECT_TIMEOUT_MS = 15_000;
const MAX_ERROR_BYTES = 64 * 1024;

/** Reaches the agents of nodes over mutual TLS. */
export class AgentLink {
  readonly #credentials: AgentCredentials | undefined;
  readonly #node: (name: string) => Node | undefined;
  readonly #connections: https.Agent;

  /** @param node finds a node by its name */
  constructor(credentials: AgentCredentials | undefined, node: (name: string) => Node | undefined) {
    this.#credentials = credentials;
    this.#node = node;
    this.#connections = new https.Agent({ ...credentials, keepAlive: true, maxFreeSockets: 4 });
  }

  /** The credentials; throws ServiceUnavailable when there are none. */
  get credentials(): AgentCredentials {
    if (!this.#credentials) throw unavailable("this server was started without credentials for agents: logs and exec are not available");
    return this.#credentials;
  }

  /** Where the agent of a node listens. Throws a StatusError when it is not known. */
  locate(nodeName: string): URL {
    const node = this.#node(nodeName);
    if (!node) throw notFound({ group: "", resource: "nodes" }, nodeName);
    const addresses = node.status?.addresses ?? [];
    const address = ["InternalIP", "ExternalIP", "Hostname"].map((type) => addresses.find((a) => a.type === type)?.address).find(Boolean);
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    if (!address || !port) throw unavailable(`the agent of node ${JSON.stringify(nodeName)} has not said yet where it listens`);
    return new URL(`https://${address.includes(":") ? `[${address}]` : address}:${port}`);
  }

  /** Asks an agent; resolves with its answer once the head is there. A failed answer rejects with its Status. */
  async get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(url, {}, signal);
    if (!("socket" in response && "head" in response)) {
      if ((response.statusCode ?? 500) < 400) return response;
      throw await statusFrom(response);
    }
    throw internalError("the agent changed the protocol unasked");
  }

  /** Asks an agent to change the protocol. A refusal rejects with its Status. */
  async upgrade(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Agreed> {
    const answer = await this.#send(url, headers, signal);
    if ("head" in answer) return answer;
    throw await statusFrom(answer);
  }

  close(): void {
    this.#connections.destroy();
  }

  #send(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage | Agreed> {
    const { cert, key, ca } = this.credentials;
    return new Promise((resolve, reject) => {
      const upgrades = "upgrade" in headers;
      const request = https.request(url, { cert, key, ca, headers, signal, agent: upgrades ? false : this.#connections });
      const fail = (why: string) => reject(unavailable(`cannot reach the agent at ${url.host}: ${why}`));
      request.setTimeout(CONNECT_TIMEOUT_MS, () => {
        fail("no answer in time");
        request.destroy();
      });
      request.once("response", (response) => {
        request.setTimeout(0);
        resolve(response);
      });
      request.once("upgrade", (response, socket, head) => {
        socket.setTimeout(0);
        resolve({ response, socket, head });
      });
      request.on("error", (error) => fail(error.message));
      request.end();
    });
  }
}

/** What an agent that refuses says: a Status, or a text that becomes one. Source: upstream's `GenericHttpResponseChecker`. */
async function statusFrom(response: IncomingMessage): Promise<StatusError> {
  const code = response.statusCode ?? 500;
  const body = await readSome(response);
  const status = parseStatus(body);
  if (status) return new StatusError(status);
  const text = body.trim() || decodeReason(response.statusMessage ?? "") || "the agent gave no reason";
  if (code === 400) return badRequest(text);
  if (code === 502) return failure(502, "BadGateway", text);
  if (code === 404) return failure(404, "NotFound", text);
  return internalError(text);
}

function parseStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Status | null;
    return value?.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An upgrade is refused with nothing but a status line, so agents put the reason there, percent-encoded. */
function decodeReason(reason: string): string {
  try {
    return decodeURIComponent(reason);
  } catch {
    return reason;
  }
}

async function readSome(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
