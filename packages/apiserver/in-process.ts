import type { Transport, TransportRequest, TransportResponse, WebSocketLike } from "@wherry/client";
import { authenticated } from "./authenticate.ts";
import type { Dispatch } from "./dispatch.ts";
import type { ApiRequest, ApiResponse, Sink, User } from "./exchange.ts";

/** Opens a WebSocket for a caller in this process. */
export type InProcessUpgrade = (request: ApiRequest, protocols: readonly string[]) => Promise<WebSocketLike>;

/**
 * The API without a network: requests go straight to the dispatcher. Bodies are the same bytes that a socket would carry, shared and not copied.
 * It is as cheap as a call, and behaves as the server does.
 */
export function inProcessTransport(dispatch: Dispatch, caller: User, upgrade: InProcessUpgrade): Transport {
  const user = authenticated(caller);
  return {
    request: (request) => send(dispatch, user, request),
    upgrade: (path, protocols, signal) => upgrade(apiRequest(user, { method: "GET", path, ...(signal && { signal }) }), protocols),
    close() {},
  };
}

async function send(dispatch: Dispatch, user: User, request: TransportRequest): Promise<TransportResponse> {
  request.signal?.throwIfAborted();
  const response = await dispatch.handle(apiRequest(user, request));
  request.signal?.throwIfAborted();
  return { status: response.status, headers: response.headers, body: bodyOf(response, request.signal) };
}

function apiRequest(user: User, request: TransportRequest): ApiRequest {
  const mark = request.path.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  // A caller in this process is known by its name: `kube-scheduler` of `system:kube-scheduler`.
  headers["user-agent"] ??= user.name.slice(user.name.lastIndexOf(":") + 1);
  return {
    method: request.method,
    path: mark < 0 ? request.path : request.path.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : request.path.slice(mark + 1)),
    headers,
    user,
    body: typeof request.body === "string" ? Buffer.from(request.body) : (request.body ?? EMPTY),
    signal: request.signal ?? NEVER,
  };
}

const EMPTY = new Uint8Array();
const NEVER = new AbortController().signal;

async function* bodyOf({ body }: ApiResponse, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (typeof body === "function") {
    yield* streamed(body, signal);
    return;
  }
  if (body.length > 0) yield typeof body === "string" ? Buffer.from(body) : body;
}

async function* streamed(
  body: Exclude<ApiResponse["body"], string | Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const queue = new QueueSink(signal);
  const written = body(queue).then(
    () => queue.end(),
    (error: unknown) => queue.end(error),
  );
  try {
    for (let chunk = await queue.next(); chunk; chunk = await queue.next()) yield chunk;
  } finally {
    queue.destroy();
    await written;
  }
}

/** A sink that is read by the loop above. */
class QueueSink implements Sink {
  readonly #gone = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter = () => this.#gone.abort();
  #chunks: Uint8Array[] = [];
  #pending = 0;
  #ended = false;
  #error: unknown;
  #wakeReader: (() => void) | undefined;
  #wakeWriters: (() => void)[] = [];

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted) this.#gone.abort();
    outer?.addEventListener("abort", this.#onOuter, { once: true });
    this.#gone.signal.addEventListener("abort", () => this.#wakeAll(), { once: true });
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get pending(): number {
    return this.#pending;
  }

  write(chunk: Uint8Array): void {
    if (this.#ended || this.#gone.signal.aborted || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#pending += chunk.length;
    this.#wakeReader?.();
  }

  drained(): Promise<void> {
    if (this.#pending === 0 || this.#gone.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#wakeWriters.push(resolve));
  }

  destroy(): void {
    this.#outer?.removeEventListener("abort", this.#onOuter);
    this.#gone.abort();
  }

  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wakeReader?.();
  }

  /** The next chunk; undefined at the end. Throws what the outer signal was aborted with. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#outer?.throwIfAborted();
      const chunk = this.#chunks.shift();
      if (chunk) return this.#took(chunk);
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended || this.#gone.signal.aborted) return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
      this.#wakeReader = undefined;
    }
  }

  #took(chunk: Uint8Array): Uint8Array {
    this.#pending -= chunk.length;
    if (this.#pending === 0) this.#wakeAllWriters();
    return chunk;
  }

  #wakeAll(): void {
    this.#wakeReader?.();
    this.#wakeAllWriters();
  }

  #wakeAllWriters(): void {
    const waiting = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of waiting) wake();
  }
}
