import { Readable, Writable } from "node:stream";
import { badRequest } from "@wherry/base";
import type { WebSocket } from "ws";
import type { AcceptedWebSocket } from "../accept-websocket.ts";
import { frame, parseFrame } from "../remote-command/channels.ts";
import { type Dial, forward } from "./forward.ts";

/** Source: kubelet pkg/cri/streaming/portforward/websocket.go. */
export const channelProtocols = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io"] as const;

/** The number of a channel is one byte. */
const MAX_PORTS = 128;
const MAX_DIGIT_PORTS = 5;

/** The ports that a request for channels names. Throws BadRequest. */
export function portsOf(query: URLSearchParams): number[] {
  const words = query.getAll("port").flatMap((list) => list.split(","));
  if (words.length === 0) throw badRequest('query parameter "port" is required');
  if (words.length > MAX_PORTS) throw badRequest(`${words.length} ports: ${MAX_PORTS} can be forwarded at once`);
  return words.map((word) => {
    const port = /^\d+$/.test(word) ? Number(word) : 0;
    if (port > 0 && port < 65_536) return port;
    throw badRequest(`query parameter "port" should be a list of valid ports: ${JSON.stringify(word)} is none`);
  });
}

/**
 * Forwards one connection to each port over a WebSocket, whose channels are, for each port, one for data and one for what goes wrong. The first message of each is its port. There is no
 * way to end one direction: the connection ends with the last port's.
 */
export async function forwardChannels(
  { socket, protocol }: AcceptedWebSocket,
  ports: readonly number[],
  dial: Dial,
  describe: (port: number) => string,
): Promise<void> {
  const base64 = protocol.includes("base64");
  const gone = new AbortController();
  socket.on("error", () => socket.terminate());
  const used = base64 ? ports.slice(0, MAX_DIGIT_PORTS) : ports;
  const channels = used.map((port, i) => new PortChannel(socket, port, 2 * i, base64));
  socket.on("message", (message: Buffer) => {
    const { number, data } = parseFrame(message, base64);
    if (number % 2 === 0 && data.length > 0 && channels[number / 2]?.input.push(data) === false) socket.pause();
  });
  socket.once("close", () => {
    gone.abort(new Error("the client is gone"));
    for (const { input, output } of channels) for (const stream of [input, output]) stream.destroy();
  });
  await Promise.all(
    channels.map(async (channel) => {
      await channel.greet();
      const { port, input, output } = channel;
      await forward(dial, { port, input, output, gone: gone.signal }).catch((error: Error) =>
        channel.complain(`error forwarding ${describe(port)}: ${error.message}`),
      );
    }),
  );
  socket.close(1000);
}

/** Both channels of a port. */
class PortChannel {
  readonly port: number;
  readonly input: Readable;
  readonly output: Writable;
  readonly #send: (number: number, data: Uint8Array) => Promise<void>;
  readonly #first: number;

  constructor(socket: WebSocket, port: number, first: number, base64: boolean) {
    this.port = port;
    this.#first = first;
    this.#send = (number, data) =>
      new Promise((resolve) => {
        if (socket.readyState === socket.OPEN) socket.send(frame(number, data, base64), () => resolve());
        else resolve();
      });
    this.input = new Readable({ read: () => socket.resume() });
    this.output = new Writable({ write: (chunk: Buffer, _, done) => void this.#send(first, chunk).then(() => done()) });
    for (const stream of [this.input, this.output]) stream.on("error", () => {});
  }

  async greet(): Promise<void> {
    const port = Buffer.alloc(2);
    port.writeUInt16LE(this.port);
    await this.#send(this.#first, port);
    await this.#send(this.#first + 1, port);
  }

  complain(words: string): Promise<void> {
    return this.#send(this.#first + 1, Buffer.from(words));
  }
}
