import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";

// What the pods of the rollouts under load run: HTTP with kept connections, and WebSockets that echo. Once it is asked to end it goes on answering, but tells
// with each answer that it is the connection's last.

/** How long it goes on: until then every node has stopped sending it new connections. */
const DRAIN_MS = 3000;
/** Source: RFC 6455, section 1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [FINAL_TEXT, CLOSE] = [0x81, 0x88];

const { ROUND = "0", PORT = "8080" } = process.env;
let draining = false;

const server = createServer((_, response) => {
  if (draining) response.setHeader("connection", "close");
  response.end(ROUND);
});

server.on("upgrade", (request, socket) => {
  const key = `${request.headers["sec-websocket-key"]}${WEBSOCKET_GUID}`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`);
  echo(socket);
});

function echo(socket: Duplex): void {
  let received = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let frame = take(received); frame; frame = take(received)) {
      received = received.subarray(frame.size);
      if (frame.head === CLOSE) socket.end(Buffer.concat([Buffer.from([CLOSE, frame.payload.length]), frame.payload]));
      else {
        const answer = Buffer.from(`${draining ? "last" : "more"} ${frame.payload}`);
        socket.write(Buffer.concat([Buffer.from([FINAL_TEXT, answer.length]), answer]));
      }
    }
  });
}

/** The first frame, if it is complete: a short one, and masked, as all of a client's are. */
function take(bytes: Buffer): { head: number; payload: Buffer; size: number } | undefined {
  const [head = 0, masked = 0] = bytes;
  const length = masked & 0x7f;
  if (bytes.length < 6 + length) return undefined;
  const mask = bytes.subarray(2, 6);
  const payload = Buffer.from(bytes.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
  return { head, payload, size: 6 + length };
}

server.listen(Number(PORT), () => console.log(`round ${ROUND} listens on ${PORT}`));

process.on("SIGTERM", () => {
  draining = true;
  setTimeout(() => process.exit(0), DRAIN_MS);
});
