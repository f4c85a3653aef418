import type { SpdyConnection } from "../spdy/connection.ts";
import type { SpdyStream } from "../spdy/stream.ts";
import { type Dial, forward } from "./forward.ts";

export const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";

/**
 * Forwards connections of which each has two streams, one for its data and one for what goes wrong; headers say which belong together. Source: kubelet
 * pkg/cri/streaming/portforward/httpstream.go.
 *
 * @param describe says which port of which pod it was that could not be reached
 */
export function forwardSpdyPorts(
  connect: (onStream: (stream: SpdyStream) => void) => SpdyConnection,
  dial: Dial,
  describe: (port: number) => string,
): void {
  const waiting = new Map<string, SpdyStream>();
  const connection = connect((stream) => {
    const { streamtype: type, port = "" } = stream.headers;
    if ((type !== "data" && type !== "error") || !isPort(port)) return void stream.destroy();
    const key = `${requestOf(stream)} ${type}`;
    const other = waiting.get(`${requestOf(stream)} ${type === "data" ? "error" : "data"}`);
    if (!other || waiting.has(key)) {
      waiting.set(key, stream);
      stream.once("close", () => waiting.delete(key));
      return;
    }
    for (const name of ["data", "error"]) waiting.delete(`${requestOf(stream)} ${name}`);
    const [data, error] = type === "data" ? [stream, other] : [other, stream];
    void serve(Number(port), data, error);
  });
  const serve = async (port: number, data: SpdyStream, error: SpdyStream) => {
    error.resume();
    try {
      await forward(dial, { port, input: data, output: data, gone: connection.gone });
      error.end();
    } catch (why) {
      error.end(`error forwarding ${describe(port)}: ${(why as Error).message}`);
      data.resume().end();
    }
  };
}

/** Which connection a stream is of. Clients that say nothing of it open the stream for data right after the one for errors. */
function requestOf({ id, headers }: SpdyStream): string {
  return headers.requestid ?? `stream ${headers.streamtype === "data" ? id - 2 : id}`;
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
