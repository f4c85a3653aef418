import { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";
import type { AcceptedWebSocket } from "../accept-websocket.ts";
import { channel, frame, parseFrame } from "./channels.ts";
import { type ClientStreams, TerminalSize, type WantedStreams } from "./client-streams.ts";
import type { Outcome } from "./outcome.ts";

/** A client's streams as channels of one WebSocket. The subprotocol says how they are spoken. */
export function webSocketStreams({ socket, protocol }: AcceptedWebSocket, wanted: WantedStreams): ClientStreams {
  const base64 = protocol.includes("base64");
  const send = (number: number, data: Uint8Array) => sendMessage(socket, frame(number, data, base64));
  const gone = new AbortController();
  const size = new TerminalSize();
  const stdin = wanted.stdin ? new Readable({ read: () => socket.resume() }) : undefined;
  const output = (number: number) =>
    new Writable({ write: (chunk: Buffer, _, done) => void send(number, chunk).then(() => done()), highWaterMark: 64 << 10 });
  const stdout = wanted.stdout ? output(channel.stdout) : undefined;
  const stderr = wanted.stderr ? output(channel.stderr) : undefined;
  socket.on("error", () => socket.terminate());
  socket.on("message", (message: Buffer) => {
    const { number, data } = parseFrame(message, base64);
    if (number === channel.stdin && data.length > 0 && stdin && !stdin.push(data)) socket.pause();
    else if (number === channel.resize) size.read(data.toString());
    else if (number === channel.close && data[0] === channel.stdin) stdin?.push(null);
  });
  socket.once("close", () => {
    gone.abort(new Error("the client is gone"));
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  });
  // Says that the streams are open: clients wait for something on the lowest channel.
  void send(stdout ? channel.stdout : stderr ? channel.stderr : channel.error, new Uint8Array());
  return {
    ...{ stdin, stdout, stderr, gone: gone.signal },
    onResize: (listener) => size.listen(listener),
    finish: async (outcome) => {
      await send(channel.error, Buffer.from(wordsFor(protocol, outcome)));
      socket.close(1000);
    },
  };
}

const wordsFor = (protocol: string, { status, text }: Outcome) => (/^v[45]/.test(protocol) ? JSON.stringify(status) : text);

/** Resolves when the message has left; what nobody can receive any more is dropped. */
function sendMessage(socket: WebSocket, message: Buffer | string): Promise<void> {
  return new Promise((resolve) => (socket.readyState === socket.OPEN ? socket.send(message, () => resolve()) : resolve()));
}
