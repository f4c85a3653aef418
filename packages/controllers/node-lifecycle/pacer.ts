/** Spaces out what must not happen to all at once, for each zone by itself. */
export class Pacer {
  readonly #last = new Map<string, number>();

  /** 0: go ahead, and the turn is taken; else milliseconds until the next turn. @param now milliseconds since the epoch */
  take(zone: string, paceMs: number, now: number): number {
    const last = this.#last.get(zone);
    const wait = last === undefined ? 0 : Math.max(0, last + paceMs - now);
    if (wait === 0) this.#last.set(zone, now);
    return wait;
  }
}
