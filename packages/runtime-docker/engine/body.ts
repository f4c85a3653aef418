import type { Readable } from "node:stream";

/** A stream of dockerode's as what it is: one whose chunks are buffers. */
export function bytesOf(stream: NodeJS.ReadableStream): AsyncIterable<Buffer> {
  return stream as Readable as AsyncIterable<Buffer>;
}
/** The JSON values of a stream that holds one per line; an unfinished last line is dropped. */
export async function* jsonLines<T>(stream: AsyncIterable<Buffer>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of stream) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as T;
  }
  if (isWhole(rest)) yield JSON.parse(rest) as T;
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
