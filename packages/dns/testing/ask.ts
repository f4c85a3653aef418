import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import dnsPacket from "dns-packet";
import { FrameReader, frame } from "../wire/frame.ts";

type Decoded = ReturnType<typeof dnsPacket.decode>;

/** The packet of a query. @param payloadSize adds EDNS */
export function query(name: string, type: string, payloadSize?: number): Buffer {
  const additionals = payloadSize === undefined ? [] : [{ type: "OPT", name: ".", udpPayloadSize: payloadSize, flags: 0, options: [] }];
  return dnsPacket.encode({ id: 4711, type: "query", flags: dnsPacket.RECURSION_DESIRED, questions: [{ name, type }], additionals });
}

/** Sends a packet over a real UDP socket and gives the answer's bytes. */
export async function sendUdp(port: number, packet: Uint8Array): Promise<Buffer> {
  const socket = createSocket("udp4");
  try {
    socket.send(packet, port, "127.0.0.1");
    const [answer] = (await once(socket, "message")) as [Buffer];
    return answer;
  } finally {
    socket.close();
  }
}

export async function askUdp(port: number, name: string, type: string, payloadSize?: number): Promise<Decoded> {
  return dnsPacket.decode(await sendUdp(port, query(name, type, payloadSize)));
}

/** Sends packets over one real TCP connection and gives as many answers, in the order they came. */
export async function sendTcp(port: number, ...packets: Uint8Array[]): Promise<Buffer[]> {
  const socket = connect({ host: "127.0.0.1", port });
  const answers: Buffer[] = [];
  try {
    return await new Promise((resolve, reject) => {
      const reader = new FrameReader((answer) => {
        if (answers.push(Buffer.from(answer)) === packets.length) resolve(answers);
      });
      socket.on("data", (chunk) => reader.push(chunk));
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("closed before all answers came")));
      socket.write(Buffer.concat(packets.map(frame)));
    });
  } finally {
    socket.destroy();
  }
}

export async function askTcp(port: number, name: string, type: string): Promise<Decoded> {
  const [answer] = await sendTcp(port, query(name, type));
  return dnsPacket.decode(answer!);
}
