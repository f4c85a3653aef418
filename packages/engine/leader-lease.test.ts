import { Lease } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import { createClient } from "@wherry/client";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { FlakyTransport } from "@wherry/testkit/flaky-transport.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LeaderLease } from "./leader-lease.ts";

let plane: ControlPlane;
let leases = 0;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.close());

class Candidate {
  readonly link: FlakyTransport;
  readonly stop = new AbortController();
  readonly done: Promise<void>;
  leads = false;
  terms = 0;

  constructor(identity: string, name: string, clock: FakeClock) {
    this.link = new FlakyTransport(plane.server.transport({ name: identity, groups: ["system:masters"] }));
    const options = { client: createClient(this.link), clock, log: silentLogger, name, namespace: "kube-system", identity };
    this.done = new LeaderLease(options).run((signal) => this.#lead(signal), this.stop.signal);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.leads = true;
    this.terms++;
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    this.leads = false;
  }
}

/** Steps time finely, and lets everything happen that follows from each step. */
async function pass({ clock, candidates }: Race, seconds: number, check: () => void = () => {}): Promise<void> {
  for (let i = 0; i < seconds * 2; i++) {
    await clock.advance(500);
    for (const { link } of candidates) await link.settled();
    check();
  }
}

interface Race {
  clock: FakeClock;
  name: string;
  candidates: Candidate[];
  end(): Promise<void>;
}

function race(count: number): Race {
  const clock = new FakeClock();
  const name = `lease-${leases++}`;
  const candidates = Array.from({ length: count }, (_, i) => new Candidate(`c${i}`, name, clock));
  const end = async () => {
    for (const c of candidates) c.stop.abort(new Error("the test is over"));
    await Promise.all(candidates.map((c) => c.done));
  };
  return { clock, name, candidates, end };
}

const leaders = ({ candidates }: Race) => candidates.filter((c) => c.leads);

describe("LeaderLease", () => {
  it("lets one candidate lead, and records who, since when and how often it changed", async () => {
    const r = race(3);
    await pass(r, 5);
    expect(leaders(r)).toHaveLength(1);
    const holder = `c${r.candidates.findIndex((c) => c.leads)}`;
    const { spec } = await plane.client.get(Lease, { name: r.name, namespace: "kube-system" });
    expect(spec).toMatchObject({ holderIdentity: holder, leaseDurationSeconds: 15, leaseTransitions: 0 });
    await r.end();
  });

  it("hands over soon when the leader stops, since it gives the lease back", async () => {
    const r = race(2);
    await pass(r, 5);
    const [first] = leaders(r);
    first?.stop.abort(new Error("stopped"));
    await first?.done;
    await pass(r, 4);
    expect(leaders(r)).toHaveLength(1);
    expect(leaders(r)[0]).not.toBe(first);
    await r.end();
  });

  it("hands over when the leader is cut off, which stops leading before another begins", async () => {
    const r = race(2);
    await pass(r, 5);
    const [first] = leaders(r);
    first?.link.refuse();
    await pass(r, 30, () => expect(leaders(r).length).toBeLessThanOrEqual(1));
    expect(first?.leads).toBe(false);
    expect(leaders(r)).toHaveLength(1);
    await r.end();
  });

  it("stops leading when its renewals hang", async () => {
    const r = race(2);
    await pass(r, 5);
    const [first] = leaders(r);
    first?.link.hang();
    for (let i = 0; i < 60; i++) {
      await r.clock.advance(500);
      await r.candidates.find((c) => c !== first)?.link.settled();
      expect(leaders(r).length).toBeLessThanOrEqual(1);
    }
    expect(leaders(r)[0]).not.toBe(first);
    expect(leaders(r)).toHaveLength(1);
    first?.link.heal();
    await r.end();
  });

  it("never has two leaders, however links fail, and has one again when they work", async () => {
    const step = fc.record({
      who: fc.nat(2),
      do: fc.constantFrom("refuse" as const, "loseAnswers" as const, "heal" as const),
      wait: fc.nat(12),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const r = race(3);
        const atMostOne = () => expect(leaders(r).length).toBeLessThanOrEqual(1);
        for (const s of steps) {
          r.candidates[s.who]?.link[s.do]();
          await pass(r, s.wait, atMostOne);
        }
        for (const c of r.candidates) c.link.heal();
        await pass(r, 30, atMostOne);
        expect(leaders(r)).toHaveLength(1);
        await r.end();
      }),
      { numRuns: 10 },
    );
  });
});
