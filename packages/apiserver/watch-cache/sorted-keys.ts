/** A set of keys kept in order. Adding and removing cost a binary search and a memory move. */
export class SortedKeys {
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  add(key: string): void {
    const at = this.#firstNotBelow(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  remove(key: string): void {
    const at = this.#firstNotBelow(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  clear(): void {
    this.#keys.length = 0;
  }

  /** The keys that start with `prefix` and sort after `after`, in order. */
  *under(prefix: string, after = ""): Generator<string> {
    const from = after > prefix ? this.#firstNotBelow(`${after}\0`) : this.#firstNotBelow(prefix);
    for (let i = from; i < this.#keys.length; i++) {
      const key = this.#keys[i] as string;
      if (!key.startsWith(prefix)) return;
      yield key;
    }
  }

  #firstNotBelow(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
