import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";

const NOT_SERVING = 2;
const SERVING = 1;

/** A gRPC health service that says that it serves once it is told to. Source: grpc/health/v1/health.proto. */
export async function startGrpcHealthServer(): Promise<{ port: number; serve(): void; close(): void }> {
  let status = NOT_SERVING;
  const server = createServer();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    const known = headers[":path"] === "/grpc.health.v1.Health/Check";
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": known ? "0" : "12" }));
    // A message of two bytes, not compressed: field 1, a varint.
    stream.end(known ? Buffer.from([0, 0, 0, 0, 2, 0x08, status]) : undefined);
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    serve: () => {
      status = SERVING;
    },
    close: () => void server.close(),
  };
}
