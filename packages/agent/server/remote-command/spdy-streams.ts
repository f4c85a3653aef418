import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@wherry/base";
import { acceptSpdy } from "../accept-spdy.ts";
import type { SpdyConnection } from "../spdy/connection.ts";
import type { SpdyStream } from "../spdy/stream.ts";
import { type ClientStreams, TerminalSize, type WantedStreams } from "./client-streams.ts";
import type { Outcome } from "./outcome.ts";

/** Before v4 an error is a text and no Status; before v3 there are no sizes. Source: apimachinery pkg/util/remotecommand/constants.go. */
const PROTOCOLS = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
const CREATION_TIMEOUT_MS = 30_000;

/** A client's streams as streams of a SPDY connection. Undefined when the client does not open all that it asked for, or goes before. */
export async function spdyStreams(
  upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
  wanted: WantedStreams,
  clock: Clock,
): Promise<ClientStreams | undefined> {
  const { protocol, connect } = acceptSpdy(upgrade.request, upgrade.socket, upgrade.head, PROTOCOLS, "channel.k8s.io");
  const resizes = wanted.tty && /^v[34]/.test(protocol);
  const found = await opened(connect, namesOf(wanted, resizes), clock);
  if (!found) return undefined;
  const { connection, streams } = found;
  const { stdin, stdout, stderr, error } = streams;
  const size = new TerminalSize();
  if (streams.resize) followSizes(streams.resize, size);
  for (const output of [stdout, stderr, error]) output?.resume();
  return {
    ...{ stdin, stdout, stderr, gone: connection.gone },
    onResize: (listener) => size.listen(listener),
    finish: async (outcome) => {
      // Not before: to clients, the end of this direction says that nobody reads the other any more.
      stdin?.end();
      await ended(error as SpdyStream, wordsFor(protocol, outcome));
      connection.close();
    },
  };
}

function namesOf(wanted: WantedStreams, resizes: boolean): string[] {
  const outputs = (["stdin", "stdout", "stderr"] as const).filter((name) => wanted[name]);
  return ["error", ...outputs, ...(resizes ? ["resize"] : [])];
}

/** Resolves when the client has opened a stream of each name; with undefined when it does not in time, or goes. */
function opened(
  connect: (onStream: (stream: SpdyStream) => void) => SpdyConnection,
  names: readonly string[],
  clock: Clock,
): Promise<{ connection: SpdyConnection; streams: Partial<Record<string, SpdyStream>> } | undefined> {
  const streams: Partial<Record<string, SpdyStream>> = {};
  return new Promise((resolve) => {
    const connection = connect((stream) => {
      const name = stream.headers.streamtype ?? "";
      if (!names.includes(name) || streams[name]) return void stream.destroy();
      streams[name] = stream;
      if (names.every((known) => streams[known])) settle(() => resolve({ connection, streams }));
    });
    const onGone = () => settle(() => resolve(undefined));
    const timer = clock.schedule(CREATION_TIMEOUT_MS, () => {
      settle(() => resolve(undefined));
      connection.close();
    });
    const settle = (finish: () => void) => {
      timer.cancel();
      connection.gone.removeEventListener("abort", onGone);
      finish();
    };
    connection.gone.addEventListener("abort", onGone, { once: true });
  });
}

/** Sizes are JSON objects one after the other, which clients send one in a message. */
function followSizes(stream: SpdyStream, size: TerminalSize): void {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    for (let close = text.indexOf("}"); close >= 0; close = text.indexOf("}")) {
      size.read(text.slice(0, close + 1));
      text = text.slice(close + 1);
    }
    if (text.length > MAX_SIZE_TEXT) text = "";
  });
}

const MAX_SIZE_TEXT = 1024;

const wordsFor = (protocol: string, { status, text }: Outcome) => (protocol.startsWith("v4") ? JSON.stringify(status) : text);

/** Resolves when the last words have left, or nobody is there to read them. */
function ended(stream: SpdyStream, words: string): Promise<void> {
  return new Promise((resolve) => {
    stream.once("close", resolve);
    stream.end(words, () => resolve());
  });
}
