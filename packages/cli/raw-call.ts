import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect } from "./connection.ts";
import { UsageError } from "./errors.ts";

/** The flags of a call by path. */
export interface RawOptions extends ConnectionOptions {
  filename?: string[];
}

/** `--raw PATH` of get, create, replace and delete: one call, with the file as its body, and the answer as it came. */
export async function sendRaw(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  options: RawOptions,
  write: (text: string) => void,
): Promise<void> {
  if (!path.startsWith("/")) throw new UsageError(`--raw ${JSON.stringify(path)}: a path begins with /, such as /readyz`);
  const body = await bodyOf(method, options.filename);
  const connection = await connect(options);
  try {
    const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    const response = await connection.client.raw({ method, path, headers, ...(body !== undefined && { body }) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) write(decoder.decode(chunk, { stream: true }));
  } finally {
    connection.close();
  }
}

async function bodyOf(method: string, files: readonly string[] = []): Promise<string | undefined> {
  if (method === "GET" || (method === "DELETE" && !files.length)) return undefined;
  const [file, ...more] = files;
  if (file === undefined || more.length) throw new UsageError("--raw can only use a single local file or stdin");
  return file === "-" ? text(process.stdin) : readFileSync(file, "utf8");
}
