import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";

// The floor of an API server, in a process of its own: the same TLS, and nothing behind it. GET gives one body that was made before, POST reads a body and gives
// it back, GET /watch gets every body that is posted, one write for each. Arguments: the cluster's pki folder, the size of the body.

const [folder = "", size = "0"] = process.argv.slice(2);
const file = (name: string) => readFileSync(join(folder, name));
const body = Buffer.alloc(Number(size), "x");
const watchers = new Set<ServerResponse>();

const tls = { cert: file("apiserver.crt"), key: file("apiserver.key"), ca: file("ca.crt"), requestCert: true };
const server = createServer(tls, (request, response) => {
  if (request.url === "/watch") {
    watchers.add(response);
    response.on("close", () => watchers.delete(response));
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    return;
  }
  if (request.method === "GET") return void send(response, body);
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const posted = Buffer.concat(chunks);
    for (const watcher of watchers) watcher.write(posted);
    send(response, posted);
  });
});

function send(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length });
  response.end(bytes);
}

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
process.on("disconnect", () => process.exit(0));
