import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ContainerRuntime,
  type ContainerSpec,
  ContainerStartError,
  type ContainerStreams,
  ImageError,
  type RuntimeEvent,
  TimeoutError,
} from "./runtime.ts";

/** Everything a runtime is asked for. */
export type Runtime = ContainerRuntime & ContainerStreams;

/** What the contract's containers do; each implementation says how to have it done. */
export type ContractProgram =
  | { does: "run" }
  | { does: "exit"; code: number }
  /** Writes the lines, one each, then ends with 0. */
  | { does: "print"; lines: readonly string[] }
  /** Writes the lines, then runs for ever. */
  | { does: "printAndRun"; lines: readonly string[] }
  /** Does not end at SIGTERM. */
  | { does: "refuseToStop" }
  /** There is no such command. */
  | { does: "notExist" }
  /** Copies its input to its output. */
  | { does: "copy" };

/** An implementation under test, alone on its engine under its cluster's name. */
export interface RuntimeUnderTest {
  runtime: Runtime;
  /** Another one for the same cluster on the same engine, as after a restart of the agent. */
  restarted(): Runtime;
  /** One for another cluster on the same engine. */
  neighbour(): Runtime;
  /** An image that the engine has, by the name that a pod would use. */
  image: string;
  command(program: ContractProgram): readonly string[];
  /** Removes everything that was made. */
  close(): Promise<void>;
}

const pod = { namespace: "default", name: "web", uid: "5b8a1f8e-0001-4000-8000-000000000001" };
const never = new AbortController().signal;

/** What every ContainerRuntime and ContainerStreams promises. */
export function runtimeContract(name: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`${name} keeps the runtime contract`, () => {
    let test: RuntimeUnderTest;
    let runtime: Runtime;
    let watching: AbortController;

    beforeEach(async () => {
      test = await open();
      runtime = test.runtime;
      watching = new AbortController();
    });
    afterEach(async () => {
      watching.abort();
      await test.close();
    });

    async function specOf(program: ContractProgram, more: Partial<ContainerSpec> = {}): Promise<ContainerSpec> {
      const image = await runtime.imageStatus(test.image);
      const sandbox = more.sandbox ?? (await runtime.createSandbox(pod)).id;
      const fixed = { pod, name: "app", attempt: 0, image: image!.id, env: [], mounts: [], resources: {}, security: {}, hostname: "web" };
      return { ...fixed, command: test.command(program), sandbox, ...more };
    }

    async function started(program: ContractProgram, more: Partial<ContainerSpec> = {}): Promise<string> {
      const id = await runtime.createContainer(await specOf(program, more));
      await runtime.startContainer(id);
      return id;
    }

    async function ended(id: string): Promise<void> {
      for await (const event of runtime.events(watching.signal)) {
        if ((await runtime.containerStatus(id))?.state === "exited") return;
        if (event.type === "exit" && event.id === id) return;
      }
    }

    /** Starts, and returns when it has ended by itself. */
    async function ran(program: ContractProgram, more: Partial<ContainerSpec> = {}): Promise<string> {
      const id = await runtime.createContainer(await specOf(program, more));
      const events = runtime.events(watching.signal)[Symbol.asyncIterator]();
      await runtime.startContainer(id);
      for (let next = await events.next(); !isExit(next.value, id); next = await events.next()) expect(next.done).toBe(false);
      return id;
    }

    it("tells about itself", async () => {
      const info = await runtime.info();
      expect(info.cpus).toBeGreaterThan(0);
      expect(info.memoryBytes).toBeGreaterThan(2 ** 20);
      expect(info.operatingSystem).toBe("linux");
    });

    it("knows an image by name and by id, and no others", async () => {
      const image = await runtime.imageStatus(test.image);
      expect(await runtime.imageStatus(image!.id)).toMatchObject({ id: image!.id });
      expect((await runtime.listImages()).map((i) => i.id)).toContain(image!.id);
      expect(await runtime.imageStatus("wherry.invalid/none:1")).toBeUndefined();
    });

    it("rejects a pull that cannot succeed", async () => {
      await expect(runtime.pullImage("wherry.invalid/none:1", {})).rejects.toBeInstanceOf(ImageError);
    });

    it("keeps a warm sandbox without a pod until one is given, also for the next agent", async () => {
      const { id, pid } = await runtime.createSandbox();
      expect(pid).toBeGreaterThan(0);
      expect((await runtime.list()).sandboxes).toMatchObject([{ id, pod: undefined, running: true, pid }]);
      await runtime.assignSandbox(id, pod);
      await runtime.assignSandbox(id, pod);
      expect((await runtime.list()).sandboxes).toMatchObject([{ id, pod }]);
      expect((await test.restarted().list()).sandboxes).toMatchObject([{ id, pod, running: true, pid }]);
    });

    it("gives a sandbox to one pod only", async () => {
      const { id } = await runtime.createSandbox(pod);
      await expect(runtime.assignSandbox(id, { ...pod, name: "other", uid: "2" })).rejects.toThrow("default/web");
    });

    it("removes a sandbox once and again", async () => {
      const { id } = await runtime.createSandbox();
      await runtime.removeSandbox(id);
      await runtime.removeSandbox(id);
      expect((await runtime.list()).sandboxes).toEqual([]);
    });

    it("takes a container from created to running to exited, with exact facts", async () => {
      const spec = await specOf({ does: "refuseToStop" }, { annotations: { "a/b": '{"c":1}' } });
      const id = await runtime.createContainer(spec);
      expect(await runtime.containerStatus(id)).toMatchObject({
        id,
        pod,
        name: "app",
        attempt: 0,
        state: "created",
        sandbox: spec.sandbox,
      });
      await runtime.startContainer(id);
      const running = await runtime.containerStatus(id);
      expect(running).toMatchObject({ state: "running", annotations: { "a/b": '{"c":1}' }, imageId: spec.image });
      expect(running!.pid).toBeGreaterThan(0);
      expect(running!.startedAt).toBeGreaterThanOrEqual(running!.createdAt);
      await runtime.stopContainer(id, 0);
      const exited = await runtime.containerStatus(id);
      expect(exited).toMatchObject({ state: "exited", exitCode: 137, oomKilled: false, pid: 0 });
      expect(exited!.finishedAt).toBeGreaterThanOrEqual(exited!.startedAt!);
      expect(exited!.error).toBeUndefined();
    });

    it("creates the same container once", async () => {
      const spec = await specOf({ does: "run" });
      const id = await runtime.createContainer(spec);
      expect(await runtime.createContainer(spec)).toBe(id);
      expect(await runtime.createContainer({ ...spec, attempt: 1 })).not.toBe(id);
    });

    it("gives the exit code of a process, in its status and in the list", async () => {
      const id = await ran({ does: "exit", code: 42 });
      expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", exitCode: 42 });
      expect((await runtime.list()).containers).toMatchObject([{ id, state: "exited", exitCode: 42 }]);
      expect((await test.restarted().list()).containers).toMatchObject([{ id, state: "exited", exitCode: 42 }]);
    });

    it("does not take an exit code of 127 for a command that is not there", async () => {
      const id = await ran({ does: "exit", code: 127 });
      expect((await runtime.containerStatus(id))?.error).toBeUndefined();
    });

    it.each([
      ["a warm sandbox", undefined],
      ["the pod's own sandbox", "web"],
    ])("says that a command is not there, in %s", async (_where, hostname) => {
      const sandbox = await (hostname ? runtime.createSandbox(pod, { hostname }) : runtime.createSandbox());
      const id = await runtime.createContainer(await specOf({ does: "notExist" }, { sandbox: sandbox.id }));
      const error = await runtime.startContainer(id).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(ContainerStartError);
      expect(error).toMatchObject({ exitCode: 127, message: 'exec: "wherry-no-such-command": executable file not found in $PATH' });
      if ((await runtime.containerStatus(id))?.state !== "exited") await ended(id);
      const status = await test.restarted().containerStatus(id);
      expect(status).toMatchObject({ state: "exited", exitCode: 127, error: (error as Error).message });
      expect(status!.startedAt).toBeUndefined();
      expect(status!.finishedAt).toBeGreaterThan(0);
    });

    it("asks before it kills", async () => {
      const id = await started({ does: "run" });
      await runtime.stopContainer(id, 20);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", exitCode: 143 });
      await runtime.stopContainer(id, 20);
    });

    it("kills what does not end within its grace", async () => {
      const id = await started({ does: "refuseToStop" });
      await runtime.stopContainer(id, 1);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", exitCode: 137 });
    });

    it("does not mind what is gone already", async () => {
      const id = await started({ does: "run" });
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      await runtime.stopContainer(id, 1);
      await runtime.signalContainer(id, "SIGTERM");
      expect(await runtime.containerStatus(id)).toBeUndefined();
      expect((await runtime.list()).containers).toEqual([]);
    });

    it("tells in events when a container starts, ends and goes", async () => {
      const spec = await specOf({ does: "run" });
      const events = runtime.events(watching.signal)[Symbol.asyncIterator]();
      const id = await runtime.createContainer(spec);
      await runtime.startContainer(id);
      await runtime.stopContainer(id, 20);
      await runtime.removeContainer(id);
      const seen: string[] = [];
      while (seen.at(-1) !== "remove") {
        const { value } = (await events.next()) as { value: RuntimeEvent };
        if (value.id === id) seen.push(value.type);
      }
      expect(seen).toEqual(["start", "exit", "remove"]);
    });

    it("ends its events when the signal aborts", async () => {
      const events = runtime.events(watching.signal)[Symbol.asyncIterator]();
      const next = events.next();
      watching.abort();
      expect((await next).done).toBe(true);
    });

    it("does not see what another cluster has", async () => {
      await runtime.createSandbox(pod);
      const neighbour = test.neighbour();
      expect(await neighbour.list()).toEqual({ sandboxes: [], containers: [] });
      await neighbour.purge();
      expect((await runtime.list()).sandboxes).toHaveLength(1);
    });

    it("purges all that it has", async () => {
      await started({ does: "run" });
      await runtime.createSandbox();
      await runtime.purge();
      expect(await runtime.list()).toEqual({ sandboxes: [], containers: [] });
    });

    it("gives the log, its tail, and its times", async () => {
      const id = await ran({ does: "print", lines: ["one", "two", "three"] });
      expect(await text(runtime.logs(id, {}, never))).toBe("one\ntwo\nthree\n");
      expect(await text(runtime.logs(id, { tailLines: 1 }, never))).toBe("three\n");
      expect(await text(runtime.logs(id, { tailLines: 0 }, never))).toBe("");
      expect(await text(runtime.logs(id, { since: Date.UTC(2100, 0) }, never))).toBe("");
      expect(await text(runtime.logs(id, { timestamps: true, tailLines: 1 }, never))).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/,
      );
    });

    it("follows the log until the container ends, or the reader has enough", async () => {
      const id = await started({ does: "printAndRun", lines: ["one"] });
      const enough = new AbortController();
      for await (const bytes of runtime.logs(id, { follow: true }, enough.signal)) {
        expect(bytes.toString()).toBe("one\n");
        enough.abort();
      }
      const all = text(runtime.logs(id, { follow: true }, never));
      await runtime.stopContainer(id, 20);
      expect(await all).toBe("one\n");
    });

    it("runs a command in a container, with input, output and exit code", async () => {
      const id = await started({ does: "run" });
      const session = await runtime.exec(id, { command: test.command({ does: "copy" }), stdin: true });
      session.stdin!.end("hello");
      expect(await text(session.stdout)).toBe("hello");
      expect(await session.exit).toBe(0);
      expect(await runtime.execSync(id, test.command({ does: "exit", code: 7 }), 20_000)).toEqual({ exitCode: 7, output: "" });
      expect(await runtime.execSync(id, test.command({ does: "print", lines: ["hi"] }), 20_000)).toEqual({ exitCode: 0, output: "hi\n" });
    });

    it("gives a command a terminal, and the terminal a size", async () => {
      const id = await started({ does: "run" });
      const session = await runtime.exec(id, { command: test.command({ does: "copy" }), stdin: true, tty: true });
      expect(session.stderr).toBeUndefined();
      await session.resize(132, 43);
      session.stdin!.write("hello\r");
      const [first] = await once(session.stdout, "data");
      expect(String(first)).toMatch(/^hello/);
      session.close();
    });

    it("attaches to a container's own process", async () => {
      const id = await started({ does: "copy" }, { stdin: true, stdinOnce: true });
      const over = ended(id);
      const listening = await runtime.attach(id, {});
      const talking = await runtime.attach(id, { stdin: true });
      talking.stdin!.end("hello");
      expect(await text(talking.stdout)).toBe("hello");
      expect(await text(talking.stderr!)).toBe("");
      await over;
      listening.close();
    });

    it("leaves a process alone when one who attached goes", async () => {
      const id = await started({ does: "copy" }, { stdin: true });
      const first = await runtime.attach(id, { stdin: true });
      first.stdin!.write("one");
      await once(first.stdout, "data");
      first.close();
      const second = await runtime.attach(id, { stdin: true });
      second.stdin!.write("two");
      expect(String((await once(second.stdout, "data"))[0])).toBe("two");
      second.close();
      expect((await runtime.containerStatus(id))?.state).toBe("running");
    });

    it("kills a command that takes too long", async () => {
      const id = await started({ does: "run" });
      await expect(runtime.execSync(id, test.command({ does: "run" }), 100)).rejects.toBeInstanceOf(TimeoutError);
    });

    it("tells what a running container uses, and nothing of another", async () => {
      const id = await started({ does: "run" });
      const stats = await runtime.stats(id);
      expect(stats!.memoryBytes).toBeGreaterThan(0);
      expect(stats!.workingSetBytes).toBeLessThanOrEqual(stats!.memoryBytes);
      await runtime.stopContainer(id, 0);
      expect(await runtime.stats(id)).toBeUndefined();
    });
  });
}

function isExit(event: RuntimeEvent | { type: "resync" } | undefined, id: string): boolean {
  return event?.type === "exit" && event.id === id;
}

async function text(parts: AsyncIterable<Buffer | string>): Promise<string> {
  let all = "";
  for await (const part of parts) all += part.toString();
  return all;
}
