import fc from "fast-check";
import { expect, it } from "vitest";
import { type Frame, FrameReader } from "./frames.ts";

function encode(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ channel, data }) => {
      const header = Buffer.from([channel === "stderr" ? 2 : 1, 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt32BE(data.length, 4);
      return [header, data];
    }),
  );
}

function joined(frames: readonly Frame[], channel: Frame["channel"]): string {
  return Buffer.concat(frames.filter((f) => f.channel === channel).map((f) => f.data)).toString("hex");
}

it("takes a stream apart however it was cut", () => {
  const frame = fc.record({
    channel: fc.constantFrom("stdout", "stderr"),
    data: fc.uint8Array({ maxLength: 20 }).map((a) => Buffer.from(a)),
  });
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.nat(200)), (frames, cuts) => {
      const bytes = encode(frames);
      const ends = [...cuts.filter((c) => c <= bytes.length), bytes.length].sort((a, b) => a - b);
      const reader = new FrameReader();
      const read = ends.flatMap((end, i) => reader.read(bytes.subarray(ends[i - 1] ?? 0, end)));
      for (const channel of ["stdout", "stderr"] as const) expect(joined(read, channel)).toBe(joined(frames, channel));
    }),
  );
});

it("takes any number of tiny frames in one piece", () => {
  const frames = Array.from({ length: 20_000 }, () => ({ channel: "stdout", data: Buffer.from("a") }) as const);
  expect(new FrameReader().read(encode(frames))).toHaveLength(frames.length);
});
