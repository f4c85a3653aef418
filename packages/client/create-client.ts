import { type Status, StatusError } from "@wherry/base";
import {
  type ApiList,
  type ApiObject,
  apiVersionOf,
  type KindDefinition,
  keyOf,
  type NewObject,
  splitKey,
  type WatchEvent,
} from "@wherry/machinery";
import type { Client, DeleteOptions, ListQuery, ObjectName, Patch, WatchQuery, WriteOptions } from "./client.ts";
import { lineBatches } from "./line-splitter.ts";
import { collectionPath, listParameters, namespacedCollection, objectPath, watchParameters, writeParameters } from "./resource-path.ts";
import { isSuccess, readJson, statusErrorOf } from "./response.ts";
import type { Transport, TransportRequest, TransportResponse, WebSocketLike } from "./transport.ts";

export interface ClientOptions {
  /** Gets each `Warning` that the server sends with an answer, as its text. */
  onWarning?: (message: string) => void;
}

/** How long a plain call may stay without a byte before it counts as lost. Upstream's server gives up after the same time. */
const CALL_IDLE_MS = 60_000;

/** A typed client over any transport. It keeps no state; close it to free the transport's connections. */
export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  return new RestClient(transport, options);
}

class RestClient implements Client {
  readonly #transport: Transport;
  readonly #options: ClientOptions;

  constructor(transport: Transport, options: ClientOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  async get<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName): Promise<O> {
    return (await this.#call("GET", objectPath(kind, name))) as O;
  }

  async list<O extends ApiObject>(kind: KindDefinition<O>, query: ListQuery = {}): Promise<ApiList<O>> {
    const list = (await this.#call("GET", collectionPath(kind, query.namespace) + listParameters(query))) as ApiList<O>;
    list.items ??= [];
    // Items of a typed list come without their type; whoever holds one alone needs it.
    const apiVersion = apiVersionOf(kind);
    for (const item of list.items) {
      item.apiVersion ??= apiVersion;
      item.kind ??= kind.kind;
    }
    return list;
  }

  async create<O extends ApiObject>(kind: KindDefinition<O>, object: NewObject<O>, options: WriteOptions = {}): Promise<O> {
    const { namespace, name } = object.metadata;
    const path = options.subresource
      ? objectPath(kind, { name: name ?? "", namespace }, options.subresource)
      : namespacedCollection(kind, namespace);
    return (await this.#call("POST", path + writeParameters(options), typed(kind, object))) as O;
  }

  async update<O extends ApiObject>(kind: KindDefinition<O>, object: O, options: WriteOptions = {}): Promise<O> {
    const path = objectPath(kind, splitKey(keyOf(object)), options.subresource);
    return (await this.#call("PUT", path + writeParameters(options), typed(kind, object))) as O;
  }

  async patch<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, patch: Patch, options: WriteOptions = {}): Promise<O> {
    const force = patch.type === "apply" ? patch.force : undefined;
    const path = objectPath(kind, name, options.subresource) + writeParameters({ ...options, force });
    return (await this.#call("PATCH", path, patch.body, PATCH_TYPES[patch.type])) as O;
  }

  async delete<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, options?: DeleteOptions): Promise<O> {
    const answer = (await this.#call("DELETE", objectPath(kind, name), deleteBody(options))) as O | Status;
    return answer.kind === "Status" ? gone(kind, name, answer as Status) : (answer as O);
  }

  async deleteCollection<O extends ApiObject>(kind: KindDefinition<O>, query: ListQuery, options?: DeleteOptions): Promise<void> {
    const path = namespacedCollection(kind, query.namespace) + listParameters(query);
    await this.#call("DELETE", path, deleteBody(options));
  }

  async *watch<O extends ApiObject>(kind: KindDefinition<O>, query: WatchQuery, signal: AbortSignal): AsyncGenerator<WatchEvent<O>> {
    if (signal.aborted) return;
    const path = collectionPath(kind, query.namespace) + watchParameters(query);
    const idleTimeoutMs = query.idleTimeoutSeconds && query.idleTimeoutSeconds * 1000;
    try {
      const response = await this.raw({ method: "GET", path, signal, ...(idleTimeoutMs && { idleTimeoutMs }) });
      for await (const lines of lineBatches(response.body)) {
        for (const line of lines) yield parseEvent<O>(line);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async post<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, subresource: string, body: object): Promise<object> {
    return (await this.#call("POST", objectPath(kind, name, subresource), body)) as object;
  }

  async raw(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#transport.request({ ...request, headers: { accept: "application/json", ...request.headers } });
    this.#warn(response);
    if (!isSuccess(response)) throw await statusErrorOf(response);
    return response;
  }

  upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike> {
    return this.#transport.upgrade(path, protocols, signal);
  }

  close(): void {
    this.#transport.close();
  }

  async #call(method: TransportRequest["method"], path: string, body?: unknown, contentType = "application/json"): Promise<unknown> {
    const request: TransportRequest = { method, path, idleTimeoutMs: CALL_IDLE_MS };
    if (body === undefined) return readJson(await this.raw(request));
    return readJson(await this.raw({ ...request, headers: { "content-type": contentType }, body: JSON.stringify(body) }));
  }

  #warn(response: TransportResponse): void {
    const { onWarning } = this.#options;
    const header = response.headers.warning;
    if (!onWarning || header === undefined) return;
    for (const message of parseWarnings(typeof header === "string" ? header : header.join(", "))) onWarning(message);
  }
}

const PATCH_TYPES: Readonly<Record<Patch["type"], string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

const typed = <O extends ApiObject>(kind: KindDefinition<O>, object: NewObject<O> | O): object =>
  object.kind && object.apiVersion ? object : { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };

const deleteBody = (options?: DeleteOptions): object | undefined => options && { apiVersion: "v1", kind: "DeleteOptions", ...options };

/** What is known of an object whose deletion was answered without it. */
function gone<O extends ApiObject>(kind: KindDefinition<O>, { name, namespace }: ObjectName, { details }: Status): O {
  const metadata = { name, ...(namespace && { namespace }), uid: details?.uid ?? "", resourceVersion: "", creationTimestamp: "" };
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata } as O;
}

type WireEvent<O extends ApiObject> = WatchEvent<O> | { type: "ERROR"; object: Status };

function parseEvent<O extends ApiObject>(line: string): WatchEvent<O> {
  const event = JSON.parse(line) as WireEvent<O>;
  if (event.type === "ERROR") throw new StatusError(event.object);
  return event;
}

/** The texts of a Warning header: `299 - "text"`, repeated, with quotes escaped. Source: RFC 7234 section 5.5. */
export function parseWarnings(header: string): string[] {
  return [...header.matchAll(/299 [^ ]+ "((?:[^"\\]|\\.)*)"/g)].map((m) => (m[1] as string).replace(/\\(.)/g, "$1"));
}
