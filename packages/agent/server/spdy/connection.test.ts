import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { constants, createDeflate, deflateSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { SpdyConnection, type SpdyOptions } from "./connection.ts";
import { DICTIONARY } from "./dictionary.ts";
import { controlFrame, dataFrame, FrameParser, frameType, words } from "./frames.ts";
import { HeaderReader, HeaderWriter, type SpdyHeaders } from "./headers.ts";
import type { SpdyStream } from "./stream.ts";

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** Both ends of a connection. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const near = connect({ ...(server.address() as { port: number }), host: "127.0.0.1", allowHalfOpen: true });
  const [far] = (await once(server, "connection")) as [Socket];
  server.close();
  open.push(near, far);
  return [near, far];
}

async function connected(options: Partial<SpdyOptions> = {}): Promise<{ client: SpdyConnection; server: SpdyConnection; near: Socket }> {
  const [near, far] = await pair();
  return { near, client: new SpdyConnection(near, { role: "client" }), server: new SpdyConnection(far, { role: "server", ...options }) };
}

/** The compressor of a client made with zlib, such as Go's. */
function compressor() {
  const deflate = createDeflate({ dictionary: DICTIONARY, level: 9 });
  return async (headers: SpdyHeaders): Promise<Buffer> => {
    const uint32 = (n: number) => words(n);
    const entries = Object.entries(headers);
    const plain = Buffer.concat([uint32(entries.length), ...entries.flat().flatMap((t) => [uint32(t.length), Buffer.from(t)])]);
    deflate.write(plain);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    return deflate.read() as Buffer;
  };
}

it("has SPDY's own dictionary", () => {
  expect(DICTIONARY.length).toBe(1423);
  expect(deflateSync("x", { dictionary: DICTIONARY }).subarray(2, 6).toString("hex")).toBe("e3c6a7c2");
});

it("reads headers as they come out of zlib, one block after the other, and its own", async () => {
  const compress = compressor();
  const [theirs, own, writer] = [new HeaderReader(), new HeaderReader(), new HeaderWriter()];
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), fc.stringMatching(/^[ -~]{0,40}$/)), async (headers) => {
      expect({ ...(await theirs.read(await compress(headers))) }).toEqual({ ...headers });
      expect({ ...(await own.read(writer.write(headers))) }).toEqual({ ...headers });
    }),
    { numRuns: 50 },
  );
});

it("refuses headers that are broken, and those that would fill the memory", async () => {
  await expect(new HeaderReader().read(Buffer.from("no headers"))).rejects.toThrow("cannot be decompressed");
  await expect(new HeaderReader().read(deflateSync(words(7)))).rejects.toThrow("ends too early");
  const bomb = await compressor()({ a: "x".repeat(60 << 20) });
  expect(bomb.length).toBeLessThan(64 << 10);
  await expect(new HeaderReader().read(bomb)).rejects.toThrow("cannot be decompressed");
});

it("takes frames apart wherever they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 }), fc.array(fc.nat(20), { minLength: 1 }), (parts, cuts) => {
      const bytes = Buffer.concat(
        parts.flatMap((data, i) => [dataFrame(i * 2 + 1, i % 2 === 0, data), controlFrame(frameType.ping, 0, words(i))]),
      );
      const parser = new FrameParser();
      const seen: Record<string, unknown>[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = 1 + (cuts[i % cuts.length] as number);
        for (const frame of parser.parse(bytes.subarray(at, at + size))) {
          const last = seen.at(-1);
          if (frame.kind === "control") seen.push({ ping: frame.body.readUInt32BE(0) });
          else if (last?.stream === frame.stream)
            Object.assign(last, { data: `${last.data}${frame.data.toString("hex")}`, fin: frame.fin });
          else seen.push({ stream: frame.stream, data: frame.data.toString("hex"), fin: frame.fin });
        }
        at += size;
      }
      expect(seen).toEqual(
        parts.flatMap((data, i) => [{ stream: i * 2 + 1, data: Buffer.from(data).toString("hex"), fin: i % 2 === 0 }, { ping: i }]),
      );
    }),
  );
});

it("carries streams both ways, and each direction to its own end", async () => {
  const { client } = await connected({
    onStream: async (stream) => {
      stream.write(`${stream.headers.name}: `);
      stream.end((await text(stream)).toUpperCase());
    },
  });
  const names = ["one", "two", "three"];
  const answers = names.map(async (name) => {
    const stream = client.open({ name });
    stream.end(`hello ${name}`);
    return text(stream);
  });
  expect(await Promise.all(answers)).toEqual(["one: HELLO ONE", "two: HELLO TWO", "three: HELLO THREE"]);
});

it("keeps bytes as they are, and in order", async () => {
  const { client } = await connected({ onStream: (stream) => stream.pipe(stream) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200_000 }), { maxLength: 8 }), async (chunks) => {
      const stream = client.open({});
      const answer = buffer(stream);
      for (const chunk of chunks) stream.write(chunk);
      stream.end();
      expect(Buffer.compare(await answer, Buffer.concat(chunks))).toBe(0);
    }),
    { numRuns: 30 },
  );
});

it("does not read more than it can give away", async () => {
  const accepted = Promise.withResolvers<SpdyStream>();
  const { client } = await connected({ onStream: (stream) => accepted.resolve(stream) });
  const stream = client.open({});
  const chunks = Array.from({ length: 1024 }, (_, i) => Buffer.alloc(64 << 10, i));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  const stalled = await accepted.promise;
  const full = () => stalled.readableLength >= stalled.readableHighWaterMark;
  while (!full()) await new Promise(setImmediate);
  for (let i = 0; i < 100; i++) await new Promise(setImmediate);
  expect(stalled.readableLength).toBeLessThan(2 << 20);
  expect(stream.writableLength).toBeGreaterThan(32 << 20);
  expect(Buffer.compare(await buffer(stalled), Buffer.concat(chunks))).toBe(0);
});

it("keeps what came before the end of the connection for those who read late", async () => {
  const { client, server } = await connected({ onStream: (stream) => stream.end(Buffer.alloc(500_000), () => server.close()) });
  const stream = client.open({});
  await new Promise<void>((resolve) => client.gone.addEventListener("abort", () => resolve()));
  expect((await buffer(stream)).length).toBe(500_000);
});

it("resets a stream that is destroyed, and goes on with the others", async () => {
  const { client } = await connected({ onStream: (stream) => (stream.headers.bad ? stream.destroy() : stream.pipe(stream)) });
  const bad = client.open({ bad: "yes" });
  await once(bad, "close");
  const good = client.open({});
  good.end("still here");
  expect(await text(good)).toBe("still here");
});

it("ends its streams when the connection does", async () => {
  const ended = Promise.withResolvers<void>();
  const { client, near, server } = await connected({ onStream: (stream) => stream.resume().once("close", () => ended.resolve()) });
  await new Promise((resolve) => client.open({}).write("x", resolve));
  near.end();
  await ended.promise;
  expect(server.gone.aborted).toBe(true);
});

it("says good-bye after all that it wrote", async () => {
  const { client, server } = await connected({
    onStream: (stream) => {
      stream.end(Buffer.alloc(5 << 20, "x"), () => server.close());
    },
  });
  expect((await buffer(client.open({}))).length).toBe(5 << 20);
  await new Promise<void>((resolve) => (client.gone.aborted ? resolve() : client.gone.addEventListener("abort", () => resolve())));
});

it("answers pings, and refuses streams that it must", async () => {
  const [near, far] = await pair();
  new SpdyConnection(far, { role: "server", onStream: () => {}, maxStreams: 1 });
  const parser = new FrameParser();
  const headers = new HeaderWriter();
  const syn = (id: number) => controlFrame(frameType.synStream, 0, Buffer.concat([words(id, 0), Buffer.alloc(2), headers.write({})]));
  near.write(
    Buffer.concat([
      syn(2),
      syn(3),
      syn(3),
      syn(5),
      controlFrame(frameType.windowUpdate, 0, words(3, 9)),
      controlFrame(frameType.ping, 0, words(9)),
    ]),
  );
  const seen: [number, number, number?][] = [];
  for await (const bytes of near as AsyncIterable<Buffer>) {
    for (const frame of parser.parse(bytes))
      if (frame.kind === "control")
        seen.push([frame.type, frame.body.readUInt32BE(0), ...(frame.type === frameType.rstStream ? [frame.body.readUInt32BE(4)] : [])] as [
          number,
          number,
        ]);
    if (seen.some(([type]) => type === frameType.ping)) break;
  }
  const { rstStream, synReply, ping } = frameType;
  expect(seen).toEqual([
    [rstStream, 2, 1],
    [synReply, 3],
    [rstStream, 3, 1],
    [rstStream, 5, 3],
    [ping, 9],
  ]);
});

it("survives any bytes, and ends", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), fc.nat(10), async (parts, type) => {
      const sent = new Duplex({ read() {}, write: (_, __, done) => done() });
      const connection = new SpdyConnection(sent, { role: "server", onStream: (stream) => stream.resume() });
      for (const part of parts) sent.push(type > 9 ? part : controlFrame(type, 0, Buffer.from(part)));
      sent.push(null);
      await new Promise<void>((resolve) =>
        connection.gone.aborted ? resolve() : connection.gone.addEventListener("abort", () => resolve()),
      );
    }),
    { numRuns: 200 },
  );
}, 20_000);
