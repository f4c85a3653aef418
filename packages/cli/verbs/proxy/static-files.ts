import { createReadStream, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, resolve, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Answers with a file of the folder, or the index.html of a folder below it; 404 for anything else. */
export function serveFile(folder: string, url: string, response: ServerResponse): void {
  const root = resolve(folder);
  const wanted = resolve(join(root, normalize(decoded(url.split("?")[0] as string))));
  const below = wanted === root || wanted.startsWith(root + sep);
  const path = below && statSync(wanted, { throwIfNoEntry: false })?.isDirectory() ? join(wanted, "index.html") : wanted;
  if (!below || !statSync(path, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end("404 page not found\n");
  response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
  createReadStream(path).pipe(response);
}

/** What cannot be decoded names no file. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
