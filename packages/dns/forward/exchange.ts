import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { Clock } from "@wherry/base";
import { FrameReader, frame } from "../wire/frame.ts";
import type { Upstream } from "./upstreams.ts";

/** One question to one server. Rejects when there is no answer in time, or when the server can't be reached. */
export type Exchange = (
  query: Uint8Array,
  upstream: Upstream,
  timing: { clock: Clock; timeoutMs: number; signal: AbortSignal },
) => Promise<Buffer>;

/** From a port of its own each time, so that an answer can't be forged by guessing an id alone. */
export const exchangeUdp: Exchange = (query, { host, port }, { clock, timeoutMs, signal }) =>
  new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    const finish = once(clock, timeoutMs, signal, () => socket.close(), resolve, reject);
    socket.on("error", finish.fail);
    socket.on("message", (answer) => {
      if (answers(answer, query)) finish.done(answer);
    });
    // Connected, the socket hears of nobody else, and of a closed port at once.
    socket.connect(port, host, (error?: Error) => {
      if (error) finish.fail(error);
      else if (finish.open()) socket.send(query);
    });
  });

export const exchangeTcp: Exchange = (query, { host, port }, { clock, timeoutMs, signal }) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => socket.write(frame(query)));
    const finish = once(clock, timeoutMs, signal, () => socket.destroy(), resolve, reject);
    const reader = new FrameReader((answer) => {
      if (answers(answer, query)) finish.done(answer);
    });
    socket.on("error", finish.fail);
    socket.on("close", () => finish.fail(new Error("the connection was closed before the answer came")));
    socket.on("data", (chunk) => reader.push(chunk));
  });

/** Settles once, and frees everything then. */
function once(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  free: () => void,
  resolve: (answer: Buffer) => void,
  reject: (error: unknown) => void,
) {
  let open = true;
  const settle = (act: () => void) => {
    if (!open) return;
    open = false;
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
    free();
    act();
  };
  const fail = (error: unknown) => settle(() => reject(error));
  const onAbort = () => fail(signal.reason);
  const timer = clock.schedule(timeoutMs, () => fail(new Error(`no answer within ${timeoutMs} ms`)));
  signal.addEventListener("abort", onAbort);
  return { done: (answer: Buffer) => settle(() => resolve(answer)), fail, open: () => open };
}

const HEADER_BYTES = 12;

/** Whether it has our id, is a response, and repeats our question where it repeats one. */
function answers(answer: Uint8Array, query: Uint8Array): boolean {
  if (answer.length < HEADER_BYTES || answer[0] !== query[0] || answer[1] !== query[1] || (answer[2]! & 0x80) === 0) return false;
  if (answer[4] === 0 && answer[5] === 0) return true;
  const end = questionEnd(query);
  return answer.length >= end && Buffer.compare(answer.subarray(HEADER_BYTES, end), query.subarray(HEADER_BYTES, end)) === 0;
}

function questionEnd(query: Uint8Array): number {
  let at = HEADER_BYTES;
  while (at < query.length && query[at] !== 0) at += 1 + query[at]!;
  return at + 5;
}
