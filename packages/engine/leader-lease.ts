import { Lease } from "@wherry/api";
import { aborted, type Clock, hasReason, type Logger, rfc3339Micro } from "@wherry/base";
import type { Client } from "@wherry/client";

export interface LeaderLeaseOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  name: string;
  namespace: string;
  /** Unique among the candidates. */
  identity: string;
  /** How long a silent leader keeps the lease: 15 s when absent. Milliseconds, like all of these. */
  leaseMs?: number;
  /** A leader that could not renew for this long stops leading: 10 s when absent. Less than `leaseMs`. */
  renewDeadlineMs?: number;
  /** How often to try: 2 s when absent. */
  retryMs?: number;
}

/** The lease as it was last seen to change, by this machine's clock: the clocks of candidates need not agree. */
interface Observed {
  version: string;
  at: number;
}

/**
 * One leader among several candidates, through a coordination.k8s.io Lease. At no time do two candidates lead, as long as their clocks run
 * at the same speed. Source: client-go tools/leaderelection.
 */
export class LeaderLease {
  readonly #options: Required<LeaderLeaseOptions>;
  #observed: Observed | undefined;

  constructor(options: LeaderLeaseOptions) {
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options };
  }

  /**
   * Waits for the lease, then calls `lead` with a signal that aborts when the lease is lost; again and again until `signal` aborts, and
   * then releases the lease. A `lead` that ends by itself gives the lease up.
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#try(signal)) await this.#lead(lead, signal);
      await this.#options.clock.sleep(this.#options.retryMs, signal).catch(() => {});
    }
  }

  async #lead(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { log, name, identity } = this.#options;
    log.info("leading", { lease: name, identity });
    const term = new AbortController();
    const done = lead(term.signal)
      .catch((error) => log.error("the leader failed", { lease: name, error }))
      .finally(() => term.abort(new Error(`no longer the leader of ${name}`)));
    await this.#keep(AbortSignal.any([signal, term.signal]));
    term.abort(new Error(`no longer the leader of ${name}`));
    await done;
    await this.#release();
    log.info("no longer leading", { lease: name, identity });
  }

  /** Renews until the deadline passes without success, or the signal aborts. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { clock, retryMs, renewDeadlineMs } = this.#options;
    let renewed = clock.now();
    while (!signal.aborted && clock.now() - renewed < renewDeadlineMs) {
      await clock.sleep(retryMs, signal).catch(() => {});
      if (signal.aborted) return;
      if (await this.#within(this.#try(signal), renewed + renewDeadlineMs - clock.now(), signal)) renewed = clock.now();
    }
  }

  /** A call that hangs must not outlive the deadline. */
  async #within(attempt: Promise<boolean>, ms: number, signal: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const tooLate = this.#options.clock.sleep(ms, done.signal).then(
      () => false,
      () => false,
    );
    const result = await Promise.race([attempt, tooLate, aborted(AbortSignal.any([signal, done.signal])).catch(() => false)]);
    done.abort();
    return result;
  }

  /** Takes or renews the lease; false when another holds it, or when the server could not be asked. */
  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#takeOrRenew();
    } catch (error) {
      if (!signal.aborted && !hasReason(error, "Conflict") && !hasReason(error, "AlreadyExists")) {
        this.#options.log.warn("cannot renew the lease: trying again", { lease: this.#options.name, error });
      }
      return false;
    }
  }

  async #takeOrRenew(): Promise<boolean> {
    const { client, clock, identity, name, namespace, leaseMs } = this.#options;
    const lease = await client.get(Lease, { name, namespace }).catch((error) => {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
    if (!lease) {
      await client.create(Lease, { metadata: { name, namespace }, spec: this.#spec(undefined) });
      return true;
    }
    this.#observe(lease);
    const holder = lease.spec?.holderIdentity;
    const heldFor = (lease.spec?.leaseDurationSeconds ?? leaseMs / 1000) * 1000;
    const expired = this.#observed !== undefined && clock.now() - this.#observed.at >= heldFor;
    if (holder && holder !== identity && !expired) return false;
    this.#observe(await client.update(Lease, { ...lease, spec: this.#spec(lease) }));
    return true;
  }

  #observe(lease: Lease): void {
    const version = lease.metadata.resourceVersion;
    if (this.#observed?.version !== version) this.#observed = { version, at: this.#options.clock.now() };
  }

  #spec(previous: Lease | undefined): NonNullable<Lease["spec"]> {
    const { clock, identity, leaseMs } = this.#options;
    const now = rfc3339Micro(clock.now());
    const kept = previous?.spec?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: (kept && previous?.spec?.acquireTime) || now,
      renewTime: now,
      leaseTransitions: (previous?.spec?.leaseTransitions ?? 0) + (previous && !kept ? 1 : 0),
    };
  }

  /** So that the next leader need not wait for the lease to run out. */
  async #release(): Promise<void> {
    const { client, identity, name, namespace } = this.#options;
    try {
      const lease = await client.get(Lease, { name, namespace });
      if (lease.spec?.holderIdentity !== identity) return;
      await client.update(Lease, { ...lease, spec: { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1 } });
    } catch (error) {
      this.#options.log.debug("the lease was not released: it will run out", { lease: name, error });
    }
  }
}
