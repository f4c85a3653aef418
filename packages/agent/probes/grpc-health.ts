/** The messages of grpc.health.v1, by hand: one string in, one enum out. */

const SERVICE_FIELD = 0x0a;
const STATUS_FIELD = 0x08;

/** A gRPC frame (not compressed) around a `HealthCheckRequest`. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length ? Buffer.concat([Buffer.from([SERVICE_FIELD]), varint(name.length), name]) : Buffer.alloc(0);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** The status in a framed `HealthCheckResponse`; undefined when the bytes are none. An absent field is the enum's zero. */
export function healthStatus(frame: Buffer): string | undefined {
  if (frame.length < 5) return undefined;
  const message = frame.subarray(5, 5 + frame.readUInt32BE(1));
  if (message.length === 0) return statuses[0];
  return message[0] === STATUS_FIELD ? statuses[message[1] ?? 0] : undefined;
}
