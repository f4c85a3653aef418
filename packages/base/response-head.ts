import type { IncomingMessage } from "node:http";

/**
 * The head of an HTTP answer, to be passed on as it came. One that is the `last` on its connection loses its framing: the end of the connection is its end. Pure.
 */
export function responseHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage, last: boolean): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!last || !/^(connection|keep-alive|transfer-encoding)$/i.test(rawHeaders[i] as string))
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  if (last) lines.push("Connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}
