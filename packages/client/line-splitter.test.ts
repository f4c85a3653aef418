import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter, lineBatches } from "./line-splitter.ts";

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((p) => p % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of lineBatches(from(chunks))) lines.push(...batch);
  return lines;
}

async function* from(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

describe("LineSplitter", () => {
  it("gives the same lines wherever the chunks are cut, also inside a character", async () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom("a", "é", "漢", "😀", "\r", " ") }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat()), fc.boolean(), async (lines, places, ended) => {
        const body = Buffer.from(lines.join("\n") + (ended ? "\n" : ""));
        expect(await linesOf(cut(body, places))).toEqual(lines.filter((line) => line !== ""));
      }),
    );
  });

  it("takes a chunk of many lines, whatever its size, and refuses one line that is too long", () => {
    const splitter = new LineSplitter(10);
    expect(splitter.push(Buffer.from("12345\n".repeat(100)))).toHaveLength(100);
    splitter.push(Buffer.from("12345"));
    expect(splitter.push(Buffer.from("67890\nabc"))).toEqual(["1234567890"]);
    splitter.push(Buffer.from("defg"));
    expect(() => splitter.push(Buffer.from("hijkl\n"))).toThrow("longer than 10 bytes");
  });
});
