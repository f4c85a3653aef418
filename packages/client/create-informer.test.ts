import { ConfigMap } from "@wherry/api";
import { deferred, FakeClock, silentLogger } from "@wherry/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClient } from "./create-client.ts";
import { createInformer } from "./create-informer.ts";
import type { Informer } from "./informer.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** One request of the informer, which the test answers when and how it likes. */
class Exchange {
  readonly url: URL;
  readonly response = deferred<TransportResponse>();
  #chunks: (Uint8Array | Error | undefined)[] = [];
  #wake = deferred();

  constructor(request: TransportRequest) {
    this.url = new URL(request.path, "https://test");
    request.signal?.addEventListener("abort", () => this.#push(new Error("aborted")));
  }

  get watching(): boolean {
    return this.url.searchParams.get("watch") === "true";
  }

  answer(status: number, body?: object): void {
    this.response.resolve({ status, headers: {}, body: this.#body() });
    if (body) this.#push(Buffer.from(JSON.stringify(body)));
    if (body) this.end();
  }

  list(resourceVersion: string, items: object[], next?: string): void {
    this.answer(200, { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion, ...(next && { continue: next }) }, items });
  }

  send(type: string, object: object): void {
    this.#push(Buffer.from(`${JSON.stringify({ type, object })}\n`));
  }

  end(): void {
    this.#push(undefined);
  }

  break(): void {
    this.#push(new Error("connection lost"));
  }

  #push(chunk: Uint8Array | Error | undefined): void {
    this.#chunks.push(chunk);
    this.#wake.resolve();
  }

  async *#body(): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#chunks.length === 0) await this.#wake.promise;
      const chunk = this.#chunks.shift();
      if (chunk instanceof Error) throw chunk;
      if (chunk === undefined) return;
      yield chunk;
      if (this.#chunks.length === 0) this.#wake = deferred();
    }
  }
}

/** A transport that hands every request to the test. */
class Script implements Transport {
  #exchanges: Exchange[] = [];
  #wake = deferred();

  request(request: TransportRequest): Promise<TransportResponse> {
    const exchange = new Exchange(request);
    this.#exchanges.push(exchange);
    this.#wake.resolve();
    return exchange.response.promise;
  }

  async next(): Promise<Exchange> {
    while (this.#exchanges.length === 0) await this.#wake.promise;
    const exchange = this.#exchanges.shift() as Exchange;
    if (this.#exchanges.length === 0) this.#wake = deferred();
    return exchange;
  }

  upgrade(): Promise<never> {
    return Promise.reject(new Error("not in this test"));
  }

  close(): void {}
}

const map = (name: string, resourceVersion: string, uid = name) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "ns", name, uid, resourceVersion, managedFields: [{ manager: "x" }] },
});
const bookmark = (resourceVersion: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { resourceVersion } });
const expired = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410, message: "too old resource version" };

let script: Script;
let clock: FakeClock;
let stop: AbortController;
let informer: Informer<ConfigMap>;
let seen: string[];

beforeEach(() => {
  script = new Script();
  clock = new FakeClock();
  stop = new AbortController();
  seen = [];
  const options = { clock, log: silentLogger, signal: stop.signal, random: () => 0 };
  informer = createInformer(createClient(script), ConfigMap, options);
  informer.on({
    added: (o) => seen.push(`+${o.metadata.name}@${o.metadata.resourceVersion}`),
    updated: (o, previous) => seen.push(`~${o.metadata.name}@${previous.metadata.resourceVersion}-${o.metadata.resourceVersion}`),
    deleted: (o) => seen.push(`-${o.metadata.name}`),
  });
});
afterEach(() => stop.abort());

const cached = () =>
  informer.lister
    .list()
    .map((o) => `${o.metadata.name}@${o.metadata.resourceVersion}`)
    .sort();

async function listed(resourceVersion: string, ...items: object[]): Promise<Exchange> {
  (await script.next()).list(resourceVersion, items);
  await informer.whenSynced();
  const watch = await script.next();
  expect(watch.watching).toBe(true);
  watch.answer(200);
  return watch;
}

describe("createInformer", () => {
  it("collects all pages before it shows anything, and watches from the revision of the list", async () => {
    const first = await script.next();
    expect(first.url.searchParams.get("limit")).toBe("500");
    first.list("10", [map("a", "3")], "more");
    const second = await script.next();
    expect(second.url.searchParams.get("continue")).toBe("more");
    expect(informer.synced).toBe(false);
    expect(cached()).toEqual([]);
    second.list("10", [map("b", "4")]);
    await informer.whenSynced();
    expect(cached()).toEqual(["a@3", "b@4"]);
    expect(seen).toEqual(["+a@3", "+b@4"]);
    expect((await script.next()).url.searchParams.get("resourceVersion")).toBe("10");
    expect(informer.lister.get("a", "ns")?.metadata.managedFields).toBeUndefined();
  });

  it("lists in one piece when the pages expire on the way", async () => {
    (await script.next()).list("10", [map("a", "3")], "more");
    (await script.next()).answer(410, expired);
    const whole = await script.next();
    expect(whole.url.searchParams.has("limit")).toBe(false);
    whole.list("20", [map("b", "15")]);
    await informer.whenSynced();
    expect(cached()).toEqual(["b@15"]);
  });

  it("follows the watch, and takes up where it was when the connection breaks", async () => {
    const watch = await listed("10", map("a", "3"));
    watch.send("ADDED", map("b", "11"));
    watch.send("MODIFIED", map("a", "12"));
    watch.send("DELETED", map("b", "13"));
    await informer.caughtUp("13");
    expect(seen).toEqual(["+a@3", "+b@11", "~a@3-12", "-b"]);
    watch.break();
    await clock.advance(0);
    await clock.advance(100);
    expect((await script.next()).url.searchParams.get("resourceVersion")).toBe("13");
  });

  it("takes up after a bookmark, which no handler sees", async () => {
    const watch = await listed("10");
    watch.send("BOOKMARK", bookmark("50"));
    await informer.caughtUp("50");
    watch.end();
    expect((await script.next()).url.searchParams.get("resourceVersion")).toBe("50");
    expect(seen).toEqual([]);
  });

  it("relists when the revision is gone, and tells only the difference", async () => {
    const watch = await listed("10", map("a", "3"), map("b", "4"), map("c", "5"));
    seen = [];
    watch.send("ERROR", expired);
    const relist = await script.next();
    expect(relist.watching).toBe(false);
    expect(cached()).toEqual(["a@3", "b@4", "c@5"]);
    relist.list("90", [map("a", "3"), map("b", "80"), map("d", "85"), map("c", "86", "another")]);
    await script.next();
    expect(cached()).toEqual(["a@3", "b@80", "c@86", "d@85"]);
    expect(seen.sort()).toEqual(["+c@86", "+d@85", "-c", "~b@4-80"]);
  });

  it("relists when the watch itself is refused with 410", async () => {
    (await script.next()).list("10", [map("a", "3")]);
    (await script.next()).answer(410, expired);
    const relist = await script.next();
    expect(relist.watching).toBe(false);
  });

  it("relists when the server's revision is behind what it has told before", async () => {
    const watch = await listed("100", map("a", "90"));
    watch.send("BOOKMARK", bookmark("7"));
    const relist = await script.next();
    expect(relist.watching).toBe(false);
    relist.list("7", [map("b", "5")]);
    await script.next();
    expect(cached()).toEqual(["b@5"]);
  });

  it("never gives up, and waits longer each time", async () => {
    const delays: number[] = [];
    for (let i = 0; i < 10; i++) {
      (await script.next()).response.reject(new Error("connection refused"));
      await clock.advance(0);
      delays.push(clock.untilNext ?? -1);
      await clock.advance(clock.untilNext ?? 0);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
    await listed("10", map("a", "3"));
    expect(cached()).toEqual(["a@3"]);
  });

  it("does not ask in a tight loop when the server ends each watch at once", async () => {
    const watch = await listed("10");
    watch.end();
    await clock.advance(0);
    expect(clock.untilNext).toBe(100);
  });

  it("resolves caughtUp at once, at the event, or at a list that began after the call", async () => {
    const watch = await listed("10");
    await informer.caughtUp("9");
    let done = false;
    const later = informer.caughtUp("100").then(() => {
      done = true;
    });
    watch.send("ADDED", map("a", "99"));
    await informer.caughtUp("99");
    expect(done).toBe(false);
    watch.send("ERROR", expired);
    // The server was set back to an older state: the revision will not come, but the list is the truth.
    (await script.next()).list("20", []);
    await later;
  });

  it("tells a late handler what is there, and a removed one nothing more", async () => {
    const watch = await listed("10", map("a", "3"));
    const late: string[] = [];
    const off = informer.on({ added: (o) => late.push(o.metadata.name) });
    expect(late).toEqual(["a"]);
    off();
    watch.send("ADDED", map("b", "11"));
    await informer.caughtUp("11");
    expect(late).toEqual(["a"]);
  });

  it("survives a handler that throws, and a line that is no event", async () => {
    const watch = await listed("10");
    informer.on({
      added: () => {
        throw new Error("broken handler");
      },
    });
    watch.send("ADDED", map("a", "11"));
    await informer.caughtUp("11");
    expect(seen).toEqual(["+a@11"]);
    watch.send("ADDED", {});
    await clock.advance(0);
    await clock.advance(100);
    expect((await script.next()).url.searchParams.get("resourceVersion")).toBe("11");
  });

  it("does nothing more after its signal", async () => {
    await listed("10");
    stop.abort();
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });
});
