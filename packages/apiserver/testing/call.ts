import type { Status } from "@wherry/base";
import type { Transport, TransportRequest } from "@wherry/client";

/** What a raw call gave. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  text: string;
  /** The body as JSON; the cast is the test's own. */
  json<T = Status>(): T;
}

/** A call by method, path and body: for tests that care about the wire. A body that is no text is sent as JSON. */
export async function call(
  transport: Transport,
  method: TransportRequest["method"],
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const request: TransportRequest = {
    method,
    path,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
  };
  const response = await transport.request(request);
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** `call`, bound to a transport. */
export function caller(transport: Transport) {
  return (method: TransportRequest["method"], path: string, body?: unknown, headers?: Record<string, string>) =>
    call(transport, method, path, body, headers);
}

/** Reads a watch line by line. */
export async function* watchLines<T>(transport: Transport, path: string, signal?: AbortSignal, headers = {}): AsyncGenerator<T> {
  const response = await transport.request({ method: "GET", path, headers, ...(signal && { signal }) });
  let rest = "";
  for await (const chunk of response.body) {
    const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as T;
  }
}
