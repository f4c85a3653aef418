import fc from "fast-check";
import { expect } from "vitest";
import type { Entry, Store, WriteResult } from "../store.ts";
import { bytes, watching } from "./harness.ts";
import { ModelStore } from "./model-store.ts";

interface Attempt {
  op: "create" | "update" | "delete";
  key: string;
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  op: fc.constantFrom("create" as const, "update" as const, "update" as const, "delete" as const),
  key: fc.constantFrom("/a", "/b", "/c"),
});

/** Some writers, each with the writes it tries one after another. */
export const raceCommands = fc.array(fc.array(attempt, { minLength: 1, maxLength: 25 }), { minLength: 2, maxLength: 8 });

interface Tried {
  key: string;
  value: Uint8Array | undefined;
  expected: number | undefined;
  result: WriteResult;
  /** The store's revision when it was tried, and when it was answered. */
  from: number;
  to: number;
}

/** Each writer expects what it saw last, so most of its writes race with the others'. */
async function runWriter(store: Store, name: number, attempts: readonly Attempt[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const [i, { op, key }] of attempts.entries()) {
    const expected = op === "create" ? undefined : ((await store.get(key))?.revision ?? 1);
    const value = op === "delete" ? undefined : bytes(`${name}.${i}`);
    const from = store.revision;
    const result = await (expected === undefined
      ? store.create(key, value as Uint8Array)
      : value
        ? store.update(key, value, expected)
        : store.delete(key, expected));
    tried.push({ key, value, expected, result, from, to: store.revision });
  }
  return tried;
}

/** Runs the writers at once, then replays their successes in the order of their revisions: the model must allow each, and each refusal. */
export async function checkHistory(store: Store, writers: readonly (readonly Attempt[])[]): Promise<void> {
  const watch = watching(store, "/", 0);
  const tried = (await Promise.all(writers.map((attempts, i) => runWriter(store, i, attempts)))).flat();
  const model = new ModelStore();
  const wins = tried.filter(({ result }) => result.ok).toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const { key, value, expected, result } of wins) expect(model.write(key, value, expected)).toEqual(result);
  expect(store.revision).toBe(model.revision);
  for (const refused of tried) if (!refused.result.ok) expectRefusal(model, refused, refused.result.current);
  expect(await store.create("/end", bytes("end"))).toEqual(model.write("/end", bytes("end"), undefined));
  await watch.seen("/end");
  expect(watch.events).toEqual(model.changes("/", 0));
  await watch.stop();
}

function revisionOf({ result }: Tried): number {
  return result.ok ? result.revision : 0;
}

/** What a refused writer was shown was there at some moment of its attempt, and was not what it expected. */
function expectRefusal(model: ModelStore, { key, expected, from, to }: Tried, shown: Entry | undefined): void {
  expect(shown?.revision).not.toBe(expected);
  const moments = Array.from({ length: to - from + 1 }, (_, i) => model.get(key, from + i));
  expect(moments).toContainEqual(shown);
}
