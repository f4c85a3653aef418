/** Numbered things that each belong to at most one owner: addresses, ports. Everything is synchronous, so two requests never race. */
export class Pool {
  readonly #from: number;
  readonly #to: number;
  readonly #dynamicFrom: number;
  readonly #random: () => number;
  readonly #owners = new Map<number, string>();

  /**
   * @param from first, inclusive
   * @param to last, inclusive
   * @param dynamicFrom what is picked freely is at or above this as long as there is any: what is below is left to those who ask by number
   */
  constructor(range: { from: number; to: number; dynamicFrom: number }, random: () => number = Math.random) {
    this.#from = range.from;
    this.#to = range.to;
    this.#dynamicFrom = range.dynamicFrom;
    this.#random = random;
  }

  contains(value: number): boolean {
    return value >= this.#from && value <= this.#to;
  }

  ownerOf(value: number): string | undefined {
    return this.#owners.get(value);
  }

  /** False when another owner has it. */
  take(value: number, owner: string): boolean {
    const current = this.#owners.get(value);
    if (current !== undefined && current !== owner) return false;
    this.#owners.set(value, owner);
    return true;
  }

  /** Takes a free one at random; undefined when all are taken. */
  takeAny(owner: string): number | undefined {
    const value = this.#free(this.#dynamicFrom, this.#to) ?? this.#free(this.#from, this.#dynamicFrom - 1);
    if (value !== undefined) this.#owners.set(value, owner);
    return value;
  }

  /** Frees it, when it is this owner's. */
  release(value: number, owner: string): void {
    if (this.#owners.get(value) === owner) this.#owners.delete(value);
  }

  #free(from: number, to: number): number | undefined {
    const count = to - from + 1;
    if (count <= 0) return undefined;
    const start = Math.floor(this.#random() * count);
    // A range is either mostly free, or not much larger than what was taken from it.
    for (let i = 0; i < Math.min(count, this.#owners.size + 1); i++) {
      const value = from + ((start + i) % count);
      if (!this.#owners.has(value)) return value;
    }
    return undefined;
  }
}
