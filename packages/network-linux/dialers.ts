import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock, type Timer } from "@wherry/base";
import { NetworkError } from "@wherry/network";
import { dialLocalhost } from "@wherry/network/dial-localhost.ts";
import type { DialAnswer, DialRequest } from "./dialer-process.ts";

/** In a bundle it is a file beside this one. */
const PROGRAM = import.meta.url.endsWith(".ts") ? "./dialer-process.ts" : "./dialer-process.js";
/** Who forwards a port opens more than one connection, as a rule. */
const IDLE_MS = 10_000;

/**
 * Connects to ports inside pods' network namespaces. No thread of this process can enter one, so for each pod that somebody connects to there is a small process in its namespace, which
 * makes the sockets and hands them over; it lives until nobody has asked for a while.
 */
export class Dialers {
  readonly #clock: Clock;
  readonly #byPid = new Map<number, Dialer>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  dial(pid: number | "host", port: number): Promise<Socket> {
    if (pid === "host") return dialLocalhost(port);
    let dialer = this.#byPid.get(pid);
    if (!dialer) {
      dialer = new Dialer(pid, this.#clock, () => this.#byPid.delete(pid));
      this.#byPid.set(pid, dialer);
    }
    return dialer.dial(port);
  }

  /** Ends all processes. */
  close(): void {
    for (const dialer of [...this.#byPid.values()]) dialer.close();
  }
}

class Dialer {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<Socket>>();
  #lastId = 0;
  #idle: Timer | undefined;

  constructor(pid: number, clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    const program = fileURLToPath(new URL(PROGRAM, import.meta.url));
    this.#child = spawn("nsenter", [`--net=/proc/${pid}/ns/net`, process.execPath, program], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#child.on("message", (answer: DialAnswer, socket) => this.#take(answer, socket as Socket | undefined));
    this.#child.on("error", (error) => this.#fail(`cannot enter the network namespace of process ${pid}: ${error.message}`));
    this.#child.on("exit", (code) => this.#fail(`cannot enter the network namespace of process ${pid}: exit code ${code}`));
  }

  dial(port: number): Promise<Socket> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Socket>();
    this.#waiting.set(id, answer);
    this.#idle?.cancel();
    this.#child.send({ id, port } satisfies DialRequest, (error) => error && this.#fail(error.message));
    return answer.promise;
  }

  close(): void {
    this.#idle?.cancel();
    this.#onEnd();
    if (this.#child.connected) this.#child.disconnect();
  }

  #take({ id, error }: DialAnswer, socket: Socket | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#restSoon();
    if (socket) socket.allowHalfOpen = true;
    if (!waiting) socket?.destroy();
    else if (socket) waiting.resolve(socket);
    else waiting.reject(new NetworkError(error ?? "the connection ended at once"));
  }

  #restSoon(): void {
    this.#idle?.cancel();
    this.#idle = this.#clock.schedule(IDLE_MS, () => this.close());
  }

  #fail(why: string): void {
    this.close();
    for (const { reject } of this.#waiting.values()) reject(new NetworkError(why));
    this.#waiting.clear();
  }
}
