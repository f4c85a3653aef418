interface Holding {
  holder: string;
  /** What to call when it is free again. */
  waiting: Set<() => void>;
}

/** Claims of mode ReadWriteOncePod that pods of this node have: one pod for each. */
export class ExclusiveClaims {
  readonly #holdings = new Map<string, Holding>();

  /** Takes a claim (`namespace/name`) for a pod, unless another has it: `onFree` is called when that leaves. Again is no harm. */
  take(claim: string, podUid: string, onFree: () => void): boolean {
    const holding = this.#holdings.get(claim);
    if (!holding) this.#holdings.set(claim, { holder: podUid, waiting: new Set() });
    else if (holding.holder !== podUid) holding.waiting.add(onFree);
    return !holding || holding.holder === podUid;
  }

  /** The pod uses nothing any more. */
  leave(podUid: string): void {
    for (const [claim, { holder, waiting }] of this.#holdings) {
      if (holder !== podUid) continue;
      this.#holdings.delete(claim);
      for (const onFree of waiting) onFree();
    }
  }
}
