import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import dnsPacket from "dns-packet";
import { FrameReader, frame } from "../wire/frame.ts";

type Decoded = ReturnType<typeof dnsPacket.decode>;
const RESPONSE_FLAGS = { truncated: 1 << 9, available: 1 << 7 };

export interface TestUpstream extends AsyncDisposable {
  address: string;
  /** Questions that came, as `udp A example.com`. */
  asked: string[];
}

/** A real upstream on this machine. @param answer gives the records, `truncated`, or undefined for silence */
export async function startUpstream(
  answer: (question: { name: string; type: string }, via: "udp" | "tcp") => object[] | "truncated" | undefined,
): Promise<TestUpstream> {
  const asked: string[] = [];
  const respond = (packet: Uint8Array, via: "udp" | "tcp"): Buffer | undefined => {
    const query: Decoded = dnsPacket.decode(packet);
    const question = query.questions[0]!;
    asked.push(`${via} ${question.type} ${question.name}`);
    const records = answer(question, via);
    if (!records) return undefined;
    const flags = RESPONSE_FLAGS.available | (records === "truncated" ? RESPONSE_FLAGS.truncated : 0);
    return dnsPacket.encode({
      id: query.id,
      type: "response",
      flags,
      questions: [question],
      answers: records === "truncated" ? [] : records,
    });
  };
  const tcp = createServer((socket) => {
    const reader = new FrameReader((packet) => {
      const response = respond(packet, "tcp");
      if (response) socket.write(frame(response));
    });
    socket.on("data", (chunk) => reader.push(chunk));
    socket.on("error", () => socket.destroy());
  });
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", (packet, from) => {
    const response = respond(packet, "udp");
    if (response) udp.send(response, from.port, from.address);
  });
  udp.bind(port, "127.0.0.1");
  await once(udp, "listening");
  const close = async () => {
    udp.close();
    tcp.close();
  };
  return { address: `127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: close };
}
