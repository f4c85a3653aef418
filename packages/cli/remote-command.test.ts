import { PassThrough, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import type { WebSocketLike } from "@wherry/client";
import { expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { type RemoteStreams, remoteSession } from "./remote-command.ts";

/** The container's end of a session, message by message. */
class Container implements WebSocketLike {
  readonly protocol: string;
  readonly #messages = new PassThrough({ objectMode: true });
  readonly received: Buffer[] = [];
  closed = false;
  #wanted: { count: number; resolve(): void } | undefined;

  constructor(protocol = "v5.channel.k8s.io") {
    this.protocol = protocol;
  }

  says(channel: number, data: string | Uint8Array): this {
    this.#messages.write(Buffer.concat([Buffer.of(channel), Buffer.from(data as Uint8Array)]));
    return this;
  }

  ends(status: object): this {
    return this.says(3, JSON.stringify(status));
  }

  goes(): this {
    this.#messages.end();
    return this;
  }

  /** Resolves when so many messages have come. */
  has(count: number): Promise<void> {
    if (this.received.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wanted = { count, resolve };
    });
  }

  /** Takes no more until what this gives has resolved. */
  takes: () => Promise<void> = () => Promise.resolve();

  send(data: Uint8Array): Promise<void> {
    this.received.push(Buffer.from(data));
    if (this.#wanted && this.received.length >= this.#wanted.count) this.#wanted.resolve();
    return this.takes();
  }

  close(): void {
    this.closed = true;
  }

  messages() {
    return this.#messages;
  }
}

const SUCCESS = { status: "Success" };
const failed = (code: string) => ({
  status: "Failure",
  reason: "NonZeroExitCode",
  details: { causes: [{ reason: "ExitCode", message: code }] },
});

async function run(container: Container, streams: Partial<RemoteStreams> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(stdout), text(stderr)]);
  try {
    const code = await remoteSession(container, { stdout, stderr, ...streams });
    return { code, printed: await ended(printed, stdout, stderr) };
  } finally {
    await ended(printed, stdout, stderr);
  }
}

function ended<T>(printed: T, ...streams: Writable[]): T {
  for (const stream of streams) stream.end();
  return printed;
}

it("keeps the two outputs apart, and gives 0 when the command succeeded", async () => {
  const container = new Container()
    .says(1, "")
    .says(1, "out ")
    .says(2, "err")
    .says(1, Uint8Array.of(0xc3))
    .says(1, Uint8Array.of(0xa4))
    .ends(SUCCESS);
  expect(await run(container)).toEqual({ code: 0, printed: ["out ä", "err"] });
  expect(container.closed).toBe(true);
});

it.each(["1", "2", "126", "127", "137", "255"])("gives the command's exit code %s", async (code) => {
  expect((await run(new Container().says(1, "x").ends(failed(code)))).code).toBe(Number(code));
});

it("says why the command could not be run", async () => {
  const status = { status: "Failure", reason: "InternalError", message: "exec: no such file", details: { causes: [{ message: "x" }] } };
  await expect(run(new Container().ends(status))).rejects.toEqual(new UsageError("exec: no such file"));
  await expect(run(new Container().ends({ status: "Failure" }))).rejects.toEqual(new UsageError("the command could not be run"));
});

it("says so when the connection is lost before the end", async () => {
  const container = new Container().says(1, "half").goes();
  await expect(run(container)).rejects.toEqual(new UsageError("the connection to the container was lost before the command ended"));
  expect(container.closed).toBe(true);
});

it.each([
  [
    "v5.channel.k8s.io",
    [
      [0, ..."one"],
      [0, ..."two"],
      [255, 0],
    ],
  ],
  [
    "v4.channel.k8s.io",
    [
      [0, ..."one"],
      [0, ..."two"],
    ],
  ],
] as const)("sends what comes in, and by %s the end of it as far as that can", async (protocol, wanted) => {
  const container = new Container(protocol);
  async function* input() {
    yield "one";
    yield Buffer.from("two");
  }
  const running = run(container, { stdin: input() });
  await container.has(wanted.length);
  container.ends(SUCCESS);
  await running;
  expect(container.received).toEqual(wanted.map((bytes) => Buffer.from(bytes.map((b) => (typeof b === "string" ? b.charCodeAt(0) : b)))));
});

it("waits for a slow reader, and loses nothing", async () => {
  const slow = new PassThrough({ highWaterMark: 4 });
  const container = new Container();
  for (let n = 0; n < 100; n++) container.says(1, `${n}\n`);
  container.ends(SUCCESS);
  const session = remoteSession(container, { stdout: slow, stderr: new PassThrough() });
  const read = text(slow);
  expect(await session).toBe(0);
  slow.end();
  expect((await read).split("\n")).toHaveLength(101);
});

it("reads no more of its input than the container takes", async () => {
  const container = new Container();
  const taken: (() => void)[] = [];
  container.takes = () => new Promise((resolve) => taken.push(resolve));
  let read = 0;
  async function* input() {
    while (++read <= 3) yield "x";
  }
  const running = run(container, { stdin: input() });
  for (let count = 1; count <= 3; count++) {
    await container.has(count);
    await setImmediate();
    expect({ read, received: container.received.length }).toEqual({ read: count, received: count });
    taken.shift()?.();
  }
  container.ends(SUCCESS);
  expect((await running).code).toBe(0);
});

it("passes over channels that nobody knows", async () => {
  expect(await run(new Container().says(9, "?").says(1, "x").ends(SUCCESS))).toEqual({ code: 0, printed: ["x", ""] });
});
