import type { Transport, TransportRequest, TransportResponse, WebSocketLike } from "@wherry/client";

/** Whether a request is hit by a failure. */
export type Hits = (request: TransportRequest) => boolean;

const ALL: Hits = () => true;

/** A transport over a real one whose link a test can cut. */
export class FlakyTransport implements Transport {
  readonly #inner: Transport;
  readonly #open = new Set<AbortController>();
  readonly #unanswered = new Set<Promise<unknown>>();
  #refused: Hits = () => false;
  #lost: Hits = () => false;
  #hung: Hits = () => false;
  #hanging: ((error: Error) => void)[] = [];

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** From now on these requests do not reach the server. */
  refuse(hits: Hits = ALL): void {
    this.#refused = hits;
  }

  /** From now on these requests reach the server, and their answers get lost. */
  loseAnswers(hits: Hits = ALL): void {
    this.#lost = hits;
  }

  /** From now on these requests get no answer until `heal`, and then fail. */
  hang(hits: Hits = ALL): void {
    this.#hung = hits;
  }

  /** Breaks the bodies that are being read, such as watches. */
  cut(): void {
    for (const body of this.#open) body.abort(new Error("the link was cut"));
  }

  /** Everything works again. */
  heal(): void {
    this.#hung = () => false;
    for (const fail of this.#hanging.splice(0)) fail(new Error("the link was down"));
    this.#refused = () => false;
    this.#lost = () => false;
  }

  /** Resolves when every request has its answer, and the answers led to no further request. */
  async settled(): Promise<void> {
    do {
      await Promise.allSettled(this.#unanswered);
      await new Promise(setImmediate);
    } while (this.#unanswered.size > 0);
  }

  request(request: TransportRequest): Promise<TransportResponse> {
    const answer = this.#send(request).finally(() => this.#unanswered.delete(answer));
    this.#unanswered.add(answer);
    return answer;
  }

  async #send(request: TransportRequest): Promise<TransportResponse> {
    if (this.#hung(request)) return new Promise((_, reject) => this.#hanging.push(reject));
    if (this.#refused(request)) throw new Error("the link is down");
    const broken = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, broken.signal]) : broken.signal;
    const response = await this.#inner.request({ ...request, signal });
    if (this.#lost(request)) throw new Error("the answer was lost");
    return { ...response, body: this.#watchOver(response.body, broken) };
  }

  upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike> {
    return this.#inner.upgrade(path, protocols, signal);
  }

  close(): void {
    this.#inner.close();
  }

  async *#watchOver(body: AsyncIterable<Uint8Array>, broken: AbortController): AsyncGenerator<Uint8Array> {
    this.#open.add(broken);
    try {
      for await (const chunk of body) {
        broken.signal.throwIfAborted();
        yield chunk;
      }
      broken.signal.throwIfAborted();
    } finally {
      this.#open.delete(broken);
    }
  }
}
