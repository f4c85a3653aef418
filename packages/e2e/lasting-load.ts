import { Agent, request } from "node:http";
import { systemClock } from "@wherry/base";
import type { LoadResult } from "./load.ts";

/** No answer for so long is a failure. */
const TIMEOUT_MS = 10_000;
/** Between two questions over one connection. */
const PAUSE_MS = 20;

/** What clients with lasting connections saw; `connections` is how many they made. */
export interface LastingLoadResult extends LoadResult {
  connections: number;
}

/** Asks over kept HTTP connections, `clients` of them, while `work` runs: a new one is made only after the server ended the last with an answer. */
export async function underKeptConnections(url: string, clients: number, work: () => Promise<unknown>): Promise<LastingLoadResult> {
  const agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  let connections = 0;
  const ask = (agent: Agent) =>
    new Promise<string | undefined>((resolve) => {
      const outgoing = request(url, { agent, timeout: TIMEOUT_MS }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
        response.on("error", (error) => resolve(error.message));
      });
      outgoing.on("socket", () => void (outgoing.reusedSocket || connections++));
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      outgoing.on("error", (error) => resolve(error.message));
      outgoing.end();
    });
  const result = await whileAsking(
    agents.map((agent) => () => ask(agent)),
    work,
  );
  for (const agent of agents) agent.destroy();
  return { ...result, connections };
}

/** Sends a message over each of `clients` WebSockets again and again while `work` runs: a new one is made only after the server called an answer the last. */
export async function underWebSockets(url: string, clients: number, work: () => Promise<unknown>): Promise<LastingLoadResult> {
  const sockets = Array.from({ length: clients }, () => new EchoClient(url));
  const result = await whileAsking(
    sockets.map((socket) => () => socket.ask()),
    work,
  );
  for (const socket of sockets) socket.close();
  return { ...result, connections: sockets.reduce((sum, socket) => sum + socket.connections, 0) };
}

/** Repeats each question, whose answer is what went wrong or nothing, until the work is done. */
async function whileAsking(questions: readonly (() => Promise<string | undefined>)[], work: () => Promise<unknown>): Promise<LoadResult> {
  const result: LoadResult = { answered: 0, failures: [] };
  let over = false;
  const asking = questions.map(async (ask) => {
    while (!over) {
      const failure = await ask();
      if (failure === undefined) result.answered++;
      else result.failures.push(failure);
      await systemClock.sleep(PAUSE_MS);
    }
  });
  try {
    await work();
  } finally {
    over = true;
    await Promise.all(asking);
  }
  return result;
}

/** One WebSocket at a time. */
class EchoClient {
  connections = 0;
  readonly #url: string;
  #socket: WebSocket | undefined;
  #count = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends one message and waits for its answer; gives what went wrong. */
  ask(): Promise<string | undefined> {
    const text = `message ${++this.#count}`;
    return new Promise((resolve) => {
      const socket = this.#socket ?? new WebSocket(this.#url);
      if (!this.#socket) this.connections++;
      this.#socket = socket;
      const timer = systemClock.schedule(TIMEOUT_MS, () => settle(`no answer to ${text} within ${TIMEOUT_MS} ms`, true));
      const settle = (failure: string | undefined, done: boolean) => {
        timer.cancel();
        socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
        if (done) this.close();
        resolve(failure);
      };
      socket.onmessage = ({ data }) => {
        const [, which, echoed] = /^(last|more) (.*)$/.exec(String(data)) ?? [];
        settle(echoed === text ? undefined : `${text} was answered with ${data}`, which === "last");
      };
      socket.onclose = ({ code }) => settle(`closed with code ${code} before ${text} was answered`, true);
      socket.onerror = () => settle(`broken before ${text} was answered`, true);
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
      else socket.onopen = () => socket.send(text);
    });
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}
