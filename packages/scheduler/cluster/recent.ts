/** Values by key, of which the least recently used are dropped when there are too many. */
export class Recent<V> {
  readonly #values = new Map<string, V>();
  readonly #capacity: number;
  readonly #onDrop: (value: V) => void;

  constructor(capacity: number, onDrop: (value: V) => void) {
    this.#capacity = capacity;
    this.#onDrop = onDrop;
  }

  /** The value under the key, made when there is none. */
  get(key: string, make: () => V): V {
    const known = this.#values.get(key);
    if (known !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, known);
      return known;
    }
    const value = make();
    this.#values.set(key, value);
    if (this.#values.size > this.#capacity) this.#dropOldest();
    return value;
  }

  /** Drops those that `isGone` says. */
  prune(isGone: (value: V) => boolean): void {
    for (const [key, value] of this.#values) {
      if (!isGone(value)) continue;
      this.#values.delete(key);
      this.#onDrop(value);
    }
  }

  values(): Iterable<V> {
    return this.#values.values();
  }

  #dropOldest(): void {
    for (const [key, value] of this.#values) {
      this.#values.delete(key);
      this.#onDrop(value);
      return;
    }
  }
}
