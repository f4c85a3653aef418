import { FakeClock, silentLogger } from "@wherry/base";
import { expect, test } from "vitest";
import { autoCompact } from "./auto-compact.ts";
import type { Store } from "./store.ts";

const policy = { keepMs: 60_000, keepRevisions: 100, everyMs: 10_000 };

/** Only what compaction uses; the policy is what is tested. */
function start(compact: (through: number) => Promise<void>) {
  const state = { revision: 0 };
  const store: Pick<Store, "revision" | "compact"> = {
    get revision() {
      return state.revision;
    },
    compact,
  };
  const clock = new FakeClock();
  const abort = new AbortController();
  const ended = autoCompact({ store: store as Store, clock, log: silentLogger, signal: abort.signal, policy });
  return { state, clock, abort, ended };
}

test("forgets what is older than the age, and no more", async () => {
  const calls: number[] = [];
  const { state, clock, abort, ended } = start(async (through) => void calls.push(through));
  for (let i = 0; i < 9; i++) {
    state.revision += 5;
    await clock.advance(10_000);
  }
  expect(calls).toEqual([5, 10, 15]);
  abort.abort();
  await ended;
});

test("never keeps more revisions than the limit", async () => {
  const calls: number[] = [];
  const { state, clock, abort, ended } = start(async (through) => void calls.push(through));
  state.revision = 1000;
  await clock.advance(10_000);
  state.revision = 1050;
  await clock.advance(10_000);
  expect(calls).toEqual([900, 950]);
  abort.abort();
  await ended;
});

test("does nothing while nothing changes", async () => {
  const calls: number[] = [];
  const { state, clock, abort, ended } = start(async (through) => void calls.push(through));
  state.revision = 7;
  await clock.advance(600_000);
  expect(calls).toEqual([7]);
  abort.abort();
  await ended;
  expect(clock.pending).toBe(0);
});

test("tries a failed compaction again", async () => {
  let failures = 1;
  const calls: number[] = [];
  const { state, clock, abort, ended } = start(async (through) => {
    if (failures-- > 0) throw new Error("disk full");
    calls.push(through);
  });
  state.revision = 500;
  await clock.advance(20_000);
  expect(calls).toEqual([400]);
  abort.abort();
  await ended;
});
