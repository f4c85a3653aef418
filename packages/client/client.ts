import type { ApiList, ApiObject, KindDefinition, NewObject, WatchEvent } from "@wherry/machinery";
import type { TransportRequest, TransportResponse, WebSocketLike } from "./transport.ts";

export interface ObjectName {
  name: string;
  namespace?: string;
}

export interface ListQuery {
  /** Absent = all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
}

export interface WatchQuery extends Omit<ListQuery, "limit" | "continue"> {
  allowWatchBookmarks?: boolean;
  timeoutSeconds?: number;
  /** Fail the watch when nothing, not even a bookmark, came for this long: the other side may be gone without a word. */
  idleTimeoutSeconds?: number;
}

export interface WriteOptions {
  dryRun?: boolean;
  fieldManager?: string;
  fieldValidation?: "Strict" | "Warn" | "Ignore";
  /** Such as `status` or `scale`. */
  subresource?: string;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
}

export type Patch =
  | { type: "json"; body: readonly object[] }
  | { type: "merge" | "strategic"; body: object }
  | { type: "apply"; body: object; force?: boolean };

/** The API, typed by kind. Every failed call rejects with a StatusError; no connection rejects with an Error that says so. */
export interface Client {
  get<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName): Promise<O>;
  list<O extends ApiObject>(kind: KindDefinition<O>, query?: ListQuery): Promise<ApiList<O>>;
  create<O extends ApiObject>(kind: KindDefinition<O>, object: NewObject<O>, options?: WriteOptions): Promise<O>;
  update<O extends ApiObject>(kind: KindDefinition<O>, object: O, options?: WriteOptions): Promise<O>;
  patch<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, patch: Patch, options?: WriteOptions): Promise<O>;
  /**
   * Gives the object as it was, or as it now waits for its finalizers or grace period. Where the server only says that it is gone, the object
   * has no more than its name, namespace and uid, and an empty resourceVersion.
   */
  delete<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, options?: DeleteOptions): Promise<O>;
  deleteCollection<O extends ApiObject>(kind: KindDefinition<O>, query: ListQuery, options?: DeleteOptions): Promise<void>;
  /** Ends when the signal aborts or the server ends it; an ERROR event (410 Gone) is thrown as a StatusError. */
  watch<O extends ApiObject>(kind: KindDefinition<O>, query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchEvent<O>>;
  /** POST to a subresource that is not the object itself, such as `binding`. */
  post<O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, subresource: string, body: object): Promise<object>;
  /** A call of the API by path: tables, logs, discovery. Rejects with a StatusError when the status is not 2xx. */
  raw(request: TransportRequest): Promise<TransportResponse>;
  upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike>;
  close(): void;
}
