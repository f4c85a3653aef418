import dnsPacket from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { query } from "../testing/ask.ts";
import { addressBytes, canonicalAddress } from "./address-bytes.ts";
import { FrameReader, frame } from "./frame.ts";
import type { Query, ResourceRecord } from "./message.ts";
import { isRefused, parseQuery } from "./parse-query.ts";
import { writeAnswer } from "./write-answer.ts";

const parsed = (name: string, type = "A") => parseQuery(query(name, type)) as Query;

describe("writeAnswer", () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?$/);
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const uint16 = fc.nat(0xffff);
  const body = fc.oneof(
    fc.ipV4().map((data) => ({ type: "A" as const, data })),
    fc.ipV6().map((data) => ({ type: "AAAA" as const, data })),
    name.map((data) => ({ type: "CNAME" as const, data })),
    name.map((data) => ({ type: "PTR" as const, data })),
    fc.record({ priority: uint16, weight: uint16, port: uint16, target: name }).map((data) => ({ type: "SRV" as const, data })),
  );
  const record = fc.tuple(name, fc.nat(100_000), body).map(([n, ttl, rest]): ResourceRecord => ({ name: n, ttl, ...rest }));

  it("is read back by another implementation", () => {
    fc.assert(
      fc.property(name, fc.array(record, { maxLength: 20 }), (asked, answers) => {
        const packet = writeAnswer(parsed(asked), { rcode: "NOERROR", answers }, 0xffff);
        const decoded = dnsPacket.decode(packet);
        expect(decoded.questions).toMatchObject([{ name: asked, type: "A" }]);
        const normal = (r: { name: string; type: string; ttl?: number; data?: unknown }) =>
          r.type === "AAAA" ? { ...r, data: canonicalAddress(String(r.data)) } : r;
        expect(decoded.answers.map(({ name: n, type, ttl, data }) => normal({ name: n, type, ttl: ttl ?? 0, data }))).toEqual(
          answers.map(normal),
        );
      }),
    );
  });

  it("never exceeds its limit, and says when it left something out", () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.array(record, { maxLength: 5 }),
        fc.integer({ min: 512, max: 1232 }),
        (answers, additionals, limit) => {
          const packet = writeAnswer(parsed("a.b"), { rcode: "NOERROR", answers, additionals }, limit);
          const decoded = dnsPacket.decode(packet);
          expect(packet.length).toBeLessThanOrEqual(limit);
          expect(decoded.flag_tc).toBe(decoded.answers.length < answers.length);
        },
      ),
    );
  });

  it("names one name once", () => {
    const answers = Array.from(
      { length: 20 },
      (_, i): ResourceRecord => ({ name: "db.default.svc.cluster.local", ttl: 5, type: "A", data: `10.0.0.${i}` }),
    );
    const packet = writeAnswer(parsed("db.default.svc.cluster.local"), { rcode: "NOERROR", answers }, 512);
    expect(packet.length).toBe(12 + 34 + 20 * 16);
  });

  it("points at no label that is not there: a dot may hide in one", () => {
    const odd = Buffer.from(query("aaa.b", "A"));
    odd.set([5, 97, 97, 97, 46, 98, 0, 0, 1, 0, 1], 12);
    const read = parseQuery(odd.subarray(0, 23)) as Query;
    expect(read.question.name).toBe("aaa.b");
    const packet = writeAnswer(read, { rcode: "NOERROR", answers: [{ name: "aaa.b", ttl: 1, type: "A", data: "1.2.3.4" }] }, 512);
    expect(dnsPacket.decode(packet).answers).toMatchObject([{ name: "aaa.b", data: "1.2.3.4" }]);
  });
});

describe("parseQuery", () => {
  it("reads what dns-packet writes", () => {
    expect(parseQuery(query("WWW.Example.com", "SRV", 4096))).toMatchObject({
      id: 4711,
      recursionDesired: true,
      question: { name: "www.example.com", type: "SRV", class: "IN" },
      edns: { version: 0, payloadSize: 4096 },
    });
    expect(parsed(".").question.name).toBe("");
  });

  it.each([
    ["nothing", Buffer.alloc(0), undefined],
    ["half a header", Buffer.alloc(11), undefined],
    ["a response", dnsPacket.encode({ id: 1, type: "response", questions: [{ name: "a", type: "A" }] }), undefined],
    ["another opcode", Buffer.from([0, 1, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "NOTIMP"],
    ["no question", Buffer.alloc(12), "FORMERR"],
    [
      "two questions",
      dnsPacket.encode({
        id: 1,
        type: "query",
        questions: [
          { name: "a", type: "A" },
          { name: "b", type: "A" },
        ],
      }),
      "FORMERR",
    ],
    ["a name that points at itself", Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]), "FORMERR"],
    ["a name without an end", Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 97]), "FORMERR"],
    ["records that are not there", Buffer.from([0, 1, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 0, 0, 1, 0, 1]), "FORMERR"],
  ])("refuses %s", (_, packet, rcode) => {
    const result = parseQuery(packet);
    expect(isRefused(result) && result.rcode).toBe(rcode);
  });
});

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(frame));
        const got: Buffer[] = [];
        const reader = new FrameReader((message) => got.push(Buffer.from(message)));
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length]!;
          reader.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(got.map((m) => [...m])).toEqual(sent.map((m) => [...m]));
      }),
    );
  });
});

describe("addresses", () => {
  it("are written in full", () => {
    expect([...addressBytes("1.2.3.255")]).toEqual([1, 2, 3, 255]);
    expect(Buffer.from(addressBytes("fd00::1:0:ab")).toString("hex")).toBe("fd0000000000000000000001000000ab");
    expect(Buffer.from(addressBytes("::ffff:1.2.3.4")).toString("hex")).toBe("00000000000000000000ffff01020304");
    expect(() => addressBytes("nonsense")).toThrow("is no IP address");
  });

  it("have one canonical text", () => {
    expect(canonicalAddress("FD00:0::1")).toBe(canonicalAddress("fd00::0:1"));
    expect(canonicalAddress("1.2.3.4")).toBe("1.2.3.4");
  });
});
