import http from "node:http";
import { inspect } from "node:util";
import { limiter } from "@wherry/base";
import { RuntimeUnavailableError } from "@wherry/runtime";
import type { EngineAddress } from "./address.ts";
import { type Docker, openDocker } from "./docker.ts";
import { EngineError, refusalOf } from "./engine-error.ts";
import { unavailable } from "./unavailable.ts";

/** The newest API version whose behaviour this package knows, and the oldest one that has all it needs. */
const NEWEST = [1, 51] as const;
const OLDEST = [1, 40] as const;

/** How many calls the engine gets at once: with more of them it only gets slower. */
const CONCURRENCY = 6;

/** How a call differs from others. */
export interface CallOptions {
  /** It blocks until something happens in a container, or gives a stream: it must not keep others from their turn. */
  blocking?: boolean;
  /** The one that the call was given: when it aborts, its reason is the error. */
  signal?: AbortSignal;
  /**
   * It begins something that must not begin on an engine that is going away: it gets a connection of its own. Such an engine takes no new connections, but still
   * serves those that it has while it ends its containers.
   */
  begins?: boolean;
}

/** Two clients of one engine. */
interface Dockers {
  /** Keeps connections. */
  lasting: Docker;
  /** Makes a connection for each call. */
  fresh: Docker;
}

/**
 * The Docker Engine, through dockerode. Calls reject with RuntimeUnavailableError when nothing answers and with EngineError when the engine refuses. The
 * API version is negotiated on the first call, and again after the engine was away.
 */
export class EngineClient {
  readonly #address: EngineAddress;
  readonly #turn = limiter(CONCURRENCY);
  readonly #connections = new Connections({ keepAlive: true, maxFreeSockets: 4 });
  #dockers: Promise<Dockers> | undefined;

  constructor(address: EngineAddress) {
    this.#address = address;
  }

  /** Asks the engine, when it is this call's turn. */
  async call<T>(ask: (docker: Docker) => Promise<T>, { blocking, signal, begins }: CallOptions = {}): Promise<T> {
    const attempt = async () => ask((await this.#open())[begins ? "fresh" : "lasting"]);
    try {
      return await (blocking ? attempt() : this.#turn(attempt));
    } catch (error) {
      throw signal?.aborted ? signal.reason : this.#explain(error);
    }
  }

  /** Ends idle connections. */
  close(): void {
    this.#connections.destroy();
  }

  #open(): Promise<Dockers> {
    this.#dockers ??= this.#negotiate().catch((error: unknown) => {
      this.#dockers = undefined;
      throw error;
    });
    return this.#dockers;
  }

  async #negotiate(): Promise<Dockers> {
    const lasting = await openDocker(this.#address, this.#connections);
    const fresh = await openDocker(this.#address, new Connections());
    const { ApiVersion: offered } = await lasting.version();
    const version = chooseVersion(String(offered), this.#address.text);
    // dockerode has no option that is set later, and asks its modem at each call.
    for (const { modem } of [lasting, fresh]) Object.assign(modem, { version });
    return { lasting, fresh };
  }

  #explain(error: unknown): unknown {
    const refusal = refusalOf(error);
    if (refusal) return refusal;
    if (!(error instanceof Error) || !("code" in error) || error instanceof EngineError) return error;
    this.#dockers = undefined;
    return unavailable(this.#address, error);
  }
}

/** docker-modem renders every request's options, agent included, for a debug log that nobody reads: it must not walk through all open connections. */
class Connections extends http.Agent {
  [inspect.custom](): string {
    return "Connections";
  }
}

/** The newest version that both sides know, such as `v1.41`. */
export function chooseVersion(offered: string, address: string): string {
  const [major = 0, minor = 0] = offered.split(".").map(Number);
  const older = (a: readonly [number, number], b: readonly [number, number]) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
  if (Number.isNaN(major) || Number.isNaN(minor) || older([major, minor], OLDEST))
    throw new RuntimeUnavailableError(
      `the Docker Engine at ${address} speaks API ${offered}: ${OLDEST.join(".")} (Docker 19.03) or newer is needed`,
    );
  return `v${(older(NEWEST, [major, minor]) ? NEWEST : [major, minor]).join(".")}`;
}
