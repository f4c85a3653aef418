import { CompactedError, FutureRevisionError, StoreError } from "@wherry/store";
import { expect, test } from "vitest";
import { fromWire, storeError, toWire } from "./errors.ts";

const sqlite = (code: string, message: string) => Object.assign(new Error(message), { code });

test.each([
  ["SQLITE_FULL", "Full", /no space is left there/],
  ["SQLITE_IOERR_FSYNC", "IO", /check the disk/],
  ["SQLITE_CANTOPEN", "IO", /check the disk/],
  ["SQLITE_CORRUPT_VTAB", "Corrupt", /restore the file from a backup/],
  ["SQLITE_BUSY", "InUse", /in use/],
  ["SQLITE_NOTADB", "NotAStore", /data/],
  ["SQLITE_TOOBIG", "Invalid", /data/],
])("%s becomes %s", (code, failure, advice) => {
  const error = storeError(sqlite(code, "said SQLite"), "/data/store.db");
  expect(error).toMatchObject({ name: "StoreError", failure });
  expect(error.message).toMatch(/^the store at \/data\/store\.db failed, said SQLite \(SQLITE_/);
  expect(error.message).toMatch(failure === "InUse" ? /SQLITE_BUSY/ : advice);
});

test("errors are the same on the other thread", () => {
  for (const error of [new CompactedError(1, 5), new FutureRevisionError(9, 5), new StoreError("Full", "no space")]) {
    const there = fromWire(structuredClone(toWire(error, "/data")));
    expect(there).toEqual(error);
    expect(there).toBeInstanceOf(error.constructor);
  }
  expect(fromWire(toWire(new TypeError("a bug"), "/data"))).toMatchObject({ failure: "IO", message: expect.stringContaining("a bug") });
});
