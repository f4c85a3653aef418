/** Numbers of the streams that share one WebSocket. Source: apimachinery remotecommand, `v4.channel.k8s.io` and `v5.channel.k8s.io`. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/**
 * Ways to speak on a WebSocket, the best first. v5 adds: a message on `close` says that the client will send no more on a channel. Before v4 an error is a text and no
 * Status. Base64 is for clients that have text messages only. Source: kubelet `pkg/cri/streaming/remotecommand/websocket.go`.
 */
export const protocols = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
] as const;

/** A message of a channel: the number as a byte before the data, or as a digit before the data in base64. */
export function frame(number: number, data: Uint8Array, base64: boolean): Buffer | string {
  if (base64) return `${number}${Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64")}`;
  const message = Buffer.allocUnsafe(data.length + 1);
  message[0] = number;
  message.set(data, 1);
  return message;
}

/** Takes a message apart. What is no message of any channel has the number -1. */
export function parseFrame(message: Buffer, base64: boolean): { number: number; data: Buffer } {
  const [first = -1] = message;
  if (!base64) return { number: first, data: message.subarray(1) };
  const number = first >= 0x30 && first <= 0x39 ? first - 0x30 : -1;
  return { number, data: Buffer.from(message.subarray(1).toString("latin1"), "base64") };
}
