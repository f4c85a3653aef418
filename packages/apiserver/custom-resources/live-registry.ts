import type { CustomKinds } from "@wherry/api";
import { Registry } from "@wherry/machinery";

/**
 * What is served at present: the built-in kinds, and those that definitions made. Readers take `current`, which never changes, and find the next one when
 * they ask again.
 */
export class LiveRegistry {
  readonly #builtin: Registry;
  readonly #custom = new Map<string, CustomKinds>();
  #current: Registry;

  constructor(builtin: Registry) {
    this.#builtin = builtin;
    this.#current = builtin;
  }

  get builtin(): Registry {
    return this.#builtin;
  }

  get current(): Registry {
    return this.#current;
  }

  /** The kinds that a definition made, if any. */
  kindsOf(definition: string): CustomKinds | undefined {
    return this.#custom.get(definition);
  }

  /** Serves these kinds of one definition, in place of those it had. Throws when a built-in kind has their name; then nothing changes. */
  serve(definition: string, kinds: CustomKinds): void {
    const next = new Map(this.#custom).set(definition, kinds);
    this.#current = this.#with(next);
    this.#custom.set(definition, kinds);
  }

  /** Ceases to serve what a definition made. */
  withdraw(definition: string): void {
    if (this.#custom.delete(definition)) this.#current = this.#with(this.#custom);
  }

  #with(custom: ReadonlyMap<string, CustomKinds>): Registry {
    if (custom.size === 0) return this.#builtin;
    const all = [...custom.values()];
    const definitions = { ...this.#builtin.definitions };
    // Copied as they are: each is made when it is first looked at.
    for (const one of all) Object.defineProperties(definitions, Object.getOwnPropertyDescriptors(one.definitions));
    return new Registry(definitions, [...this.#builtin.kinds, ...all.flatMap((one) => one.kinds)]);
  }
}
