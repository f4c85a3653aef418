import { Namespace } from "@wherry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fuzzRequest } from "./requests.ts";
import { fuzz } from "./run.ts";
import { type FuzzTarget, startFuzzTarget } from "./server.ts";

const REQUESTS = 6_000;
const SECONDS = 12;

let target: FuzzTarget;
beforeAll(async () => {
  target = await startFuzzTarget();
});
afterAll(() => target?.close());

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TLSWrap|TCPSocketWrap/.test(name)).length;

describe("the whole server, over the network", () => {
  it("takes thousands of random requests without a failure of its own, and is left as it was", async () => {
    // Always the same here; `npm run test:fuzz` takes a new one each time.
    const seed = Number(process.env.WHERRY_FUZZ_SEED ?? 1);
    const before = sockets();
    const { done } = await fuzz({
      ...target,
      registry: target.plane.registry,
      seed,
      requests: REQUESTS,
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
    expect(done).toBeGreaterThan(0);
    expect(target.errors, `seed ${seed}`).toEqual([]);
    await expect.poll(() => target.watchers(), { timeout: 30_000 }).toBe(0);
    await expect.poll(sockets, { timeout: 30_000 }).toBeLessThanOrEqual(before);
    expect((await target.plane.client.list(Namespace)).items.length).toBeGreaterThan(0);
  });

  it("gets the same request again for the same seed and number", () => {
    const { registry } = target.plane;
    for (let number = 0; number < 500; number++) expect(fuzzRequest(7, number, registry)).toEqual(fuzzRequest(7, number, registry));
    const lines = new Set(Array.from({ length: 500 }, (_, i) => Buffer.concat(fuzzRequest(7, i, registry).pieces).toString("latin1")));
    expect(lines.size).toBeGreaterThan(450);
  });
});
