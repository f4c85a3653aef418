import { rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import type { Verb } from "../verb.ts";
import { type FilterOptions, requestFilter } from "./proxy/filter.ts";
import { passOn } from "./proxy/pass-on.ts";
import { passUpgrade } from "./proxy/pass-upgrade.ts";
import { serveFile } from "./proxy/static-files.ts";

interface ProxyOptions extends ConnectionOptions, FilterOptions {
  address: string;
  port: string;
  unixSocket?: string;
  apiPrefix: string;
  www?: string;
  wwwPrefix: string;
}

/** `wherry proxy`. */
export const verb: Verb = {
  description: "serve the API on this machine, with this user's credentials",
  words: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
  client: true,
  flags: (command) =>
    command
      .option("--address <address>", "the address to listen on", "127.0.0.1")
      .option("-p, --port <port>", "the port to listen on; 0 is any", "8001")
      .option("-u, --unix-socket <path>", "a socket to listen on instead")
      .option("--api-prefix <prefix>", "where the API is", "/")
      .option("-w, --www <folder>", "files to serve, too")
      .option("-P, --www-prefix <prefix>", "where they are", "/static/")
      .option("--accept-hosts <pattern>", "for requests to these hosts only", "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$")
      .option("--accept-paths <pattern>", "these paths only", "^.*")
      .option("--reject-paths <pattern>", "none of these paths", "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach")
      .option("--reject-methods <pattern>", "none of these methods", "^$")
      .option("--disable-filter", "everything for everyone who reaches the address")
      .option("--keepalive <duration>", "accepted and not needed")
      .option("--append-server-path", "accepted and not needed: a path of the server's is always kept"),
  run: (_, options: ProxyOptions, { write }) => serve(options, write),
};

/** Until it is interrupted. */
async function serve(options: ProxyOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  const accepts = requestFilter(options);
  const prefix = `/${options.apiPrefix}/`.replaceAll(/\/+/g, "/");
  const accepted = ({ method = "GET", headers, url = "/" }: IncomingMessage) =>
    accepts({ method, host: headers.host ?? "", path: url.split("?")[0] as string });
  const upgraded = new Set<Duplex>();
  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    if (!accepted(request)) return void response.writeHead(403).end("Forbidden\n");
    if (options.www && url.startsWith(options.wwwPrefix)) return serveFile(options.www, url.slice(options.wwwPrefix.length), response);
    if (!url.startsWith(prefix)) return void response.writeHead(404).end("404 page not found\n");
    void passOn(connection.transport, `/${url.slice(prefix.length)}`, request, response);
  });
  server.on("upgrade", (request, socket, head) => {
    const url = request.url ?? "/";
    if (!accepted(request) || !url.startsWith(prefix))
      return void socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    void passUpgrade(connection.transport, `/${url.slice(prefix.length)}`, request, socket, head);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new UsageError(`${error.message}: choose another port with --port, or 0 for any`)));
      if (options.unixSocket) server.listen(options.unixSocket, resolve);
      else server.listen(Number(options.port), options.address, resolve);
    });
    const at = server.address();
    write(`Starting to serve on ${typeof at === "string" ? at : `${(at as AddressInfo).address}:${(at as AddressInfo).port}`}\n`);
    await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
  } finally {
    server.close();
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    if (options.unixSocket) rmSync(options.unixSocket, { force: true });
    connection.close();
  }
}
