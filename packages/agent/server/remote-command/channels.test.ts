import fc from "fast-check";
import { expect, it } from "vitest";
import { frame, parseFrame } from "./channels.ts";

it.each([false, true])("takes apart what it puts together (base64: %s)", (base64) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.uint8Array(), (number, data) => {
      const parsed = parseFrame(Buffer.from(frame(number, data, base64)), base64);
      expect(parsed.number).toBe(number);
      expect(Buffer.compare(parsed.data, data)).toBe(0);
    }),
  );
});

it("knows what is no message", () => {
  expect(parseFrame(Buffer.alloc(0), false).number).toBe(-1);
  expect(parseFrame(Buffer.from("x"), true).number).toBe(-1);
});
