import { systemClock } from "@wherry/base/clock.ts";
import { type Credentials, ExecCredentials } from "./exec-plugin.ts";
import { type HttpsTransportOptions, httpsTransport } from "./https-transport.ts";
import type { Transport, TransportRequest, TransportResponse, Tunnel, WebSocketLike } from "./transport.ts";

/** A transport whose credentials come from a program. A request that is not taken for them is made once more with new ones. */
export class ExecTransport implements Transport {
  readonly #options: HttpsTransportOptions;
  readonly #credentials: ExecCredentials;
  #current: { credentials: Credentials; transport: Transport } | undefined;

  constructor({ exec, ...options }: HttpsTransportOptions & Required<Pick<HttpsTransportOptions, "exec">>, clock = systemClock) {
    this.#options = options;
    this.#credentials = new ExecCredentials(exec, clock);
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const { credentials, transport } = await this.#transport();
    const response = await transport.request(request);
    if (response.status !== 401) return response;
    this.#credentials.refused(credentials);
    const next = await this.#transport();
    if (same(next.credentials, credentials)) return response;
    // Nobody reads the first answer.
    for await (const _ of response.body) break;
    return next.transport.request(request);
  }

  async upgrade(path: string, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocketLike> {
    return (await this.#transport()).transport.upgrade(path, protocols, signal);
  }

  async tunnel(request: Pick<TransportRequest, "method" | "path" | "headers">): Promise<Tunnel> {
    const { transport } = await this.#transport();
    if (!transport.tunnel) throw new Error("this transport has no connections");
    return transport.tunnel(request);
  }

  close(): void {
    this.#current?.transport.close();
  }

  /** Other credentials need other connections: a certificate belongs to a connection. */
  async #transport(): Promise<{ credentials: Credentials; transport: Transport }> {
    const credentials = await this.#credentials.get();
    if (this.#current?.credentials === credentials) return this.#current;
    const kept = this.#current && same(this.#current.credentials, credentials) ? this.#current.transport : undefined;
    if (!kept) this.#current?.transport.close();
    this.#current = { credentials, transport: kept ?? httpsTransport({ ...this.#options, ...credentials }) };
    return this.#current;
  }
}

const same = (a: Credentials, b: Credentials): boolean => a.token === b.token && a.cert === b.cert && a.key === b.key;
