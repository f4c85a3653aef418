/** The part of dns-packet that is used here: it has no types of its own. */
declare module "dns-packet" {
  interface DecodedRecord {
    name: string;
    type: string;
    class?: string;
    ttl?: number;
    data?: unknown;
    udpPayloadSize?: number;
    ednsVersion?: number;
    flag_do?: boolean;
  }

  interface DecodedPacket {
    id: number;
    type: "query" | "response";
    opcode: string;
    rcode: string;
    flag_aa: boolean;
    flag_tc: boolean;
    flag_rd: boolean;
    flag_ra: boolean;
    questions: { name: string; type: string; class: string }[];
    answers: DecodedRecord[];
    authorities: DecodedRecord[];
    additionals: DecodedRecord[];
  }

  interface PacketToEncode {
    id?: number;
    type: "query" | "response";
    flags?: number;
    questions: { name: string; type: string; class?: string }[];
    answers?: object[];
    additionals?: object[];
  }

  const dnsPacket: {
    /** Throws on a malformed packet. */
    decode(packet: Uint8Array): DecodedPacket;
    encode(packet: PacketToEncode): Buffer;
    readonly RECURSION_DESIRED: number;
  };
  export default dnsPacket;
}
