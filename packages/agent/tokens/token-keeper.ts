import { type Pod, ServiceAccount, type ServiceAccountTokenProjection, type TokenRequest } from "@wherry/api";
import { type Clock, type Logger, limiter } from "@wherry/base";
import type { Client } from "@wherry/client";

export interface TokenKeeperOptions {
  client: Client;
  clock: Clock;
  log: Logger;
}

/** A token of a pod's service account. Times in milliseconds since the epoch. */
export interface HeldToken {
  token: string;
  /** When to ask for the next one. */
  refreshAt: number;
}

interface Entry extends HeldToken {
  expiresAt: number;
}

const DAY_MS = 86_400_000;
/** Source: kubelet token manager: a token is replaced when less than a fifth of its life is left, or after a day. */
const LEFT_SHARE = 0.2;
/** Spreads the requests of pods that were started together. */
const JITTER_MS = 10_000;
const RETRY_MS = 10_000;
const DEFAULT_SECONDS = 3_600;
/** Many pods that start together share a few connections: each new one costs more than the token. */
const AT_ONCE = 8;

/** The tokens of this node's pods: each is asked for once, kept in memory, and replaced in time. */
export class TokenKeeper {
  readonly #options: TokenKeeperOptions;
  readonly #turn = limiter(AT_ONCE);
  /** Of each pod, by what was asked for. */
  readonly #entries = new Map<string, Map<string, Entry | Promise<Entry>>>();

  constructor(options: TokenKeeperOptions) {
    this.#options = options;
  }

  /**
   * A token that is good for now, bound to the pod. When a new one is due and cannot be had, the old one as long as it lives. Rejects in the kubelet's words
   * when there is none.
   */
  async get(pod: Pod, source: ServiceAccountTokenProjection): Promise<HeldToken> {
    const entries = this.#entriesOf(pod.metadata.uid);
    const key = `${source.audience ?? ""} ${source.expirationSeconds ?? DEFAULT_SECONDS}`;
    const held = await entries.get(key);
    if (held && this.#options.clock.now() < held.refreshAt) return held;
    const asked = entries.get(key);
    if (asked instanceof Promise) return asked;
    const request = this.#request(pod, source).catch((error: Error) => this.#keepOld(pod, held, error));
    entries.set(key, request);
    try {
      const entry = await request;
      entries.set(key, entry);
      return entry;
    } catch (error) {
      entries.delete(key);
      throw error;
    }
  }

  /** Asks for all tokens that the pod's volumes show, so that they are there when the volumes are made. */
  prefetch(pod: Pod): void {
    // Whoever needs it asks again, and hears why.
    for (const { projected } of pod.spec?.volumes ?? [])
      for (const { serviceAccountToken } of projected?.sources ?? [])
        if (serviceAccountToken) void this.get(pod, serviceAccountToken).catch(() => {});
  }

  /** The pod is gone. */
  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  #entriesOf(uid: string): Map<string, Entry | Promise<Entry>> {
    const entries = this.#entries.get(uid) ?? new Map<string, Entry | Promise<Entry>>();
    this.#entries.set(uid, entries);
    return entries;
  }

  async #request(
    { metadata, spec }: Pod,
    { audience, expirationSeconds = DEFAULT_SECONDS }: ServiceAccountTokenProjection,
  ): Promise<Entry> {
    const { client, clock } = this.#options;
    const { name, namespace = "", uid } = metadata;
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    };
    const account = { name: spec.serviceAccountName || "default", namespace };
    const answer = (await this.#turn(() => client.post(ServiceAccount, account, "token", body))) as TokenRequest;
    const { token = "", expirationTimestamp = "" } = answer.status ?? {};
    const expiresAt = Date.parse(expirationTimestamp);
    const life = (answer.spec.expirationSeconds ?? expirationSeconds) * 1000;
    const due = Math.min(expiresAt - life * LEFT_SHARE, clock.now() + DAY_MS);
    // Where the clocks of node and server are far apart the token may look old already.
    return { token, expiresAt, refreshAt: Math.max(due - Math.random() * JITTER_MS, clock.now() + RETRY_MS) };
  }

  #keepOld(pod: Pod, held: Entry | undefined, error: Error): Entry {
    const { clock, log } = this.#options;
    if (!held || held.expiresAt <= clock.now()) throw new Error(`failed to fetch token: ${error.message}`, { cause: error });
    log.warn("a pod's token cannot be replaced yet: trying again", { pod: pod.metadata.name, error });
    return { ...held, refreshAt: clock.now() + RETRY_MS };
  }
}
