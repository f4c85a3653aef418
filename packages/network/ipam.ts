import { type Cidr, cidrContains, formatIPv4, parseCidr, parseIPv4 } from "./cidr.ts";

/** The range has no free address. */
export class NoAddressError extends Error {
  override name = "NoAddressError";
}

/**
 * Hands out the addresses of a range, each to one owner. Network, gateway (the first) and broadcast addresses are never given. The search goes
 * round, so that an address that was given back stays free for as long as possible: others' caches and connections may still know it.
 */
export class AddressPool {
  readonly gateway: string;
  readonly #range: Cidr;
  readonly #byOwner = new Map<string, number>();
  readonly #taken = new Set<number>();
  #next: number;

  /** @param range such as `10.244.0.0/24`; at least four addresses. */
  constructor(range: string) {
    this.#range = parseCidr(range);
    if (this.#range.size < 4) throw new Error(`the pod range ${range} is too small: a /30 or wider is needed`);
    this.gateway = formatIPv4(this.#range.base + 1);
    this.#next = this.#range.base + 2;
  }

  /** How many addresses can still be given. */
  get free(): number {
    return this.#range.size - 3 - this.#taken.size;
  }

  /** The owner's address: the one it has, or the next free one. Throws NoAddressError when all are taken. */
  allocate(owner: string): string {
    const held = this.#byOwner.get(owner);
    if (held !== undefined) return formatIPv4(held);
    if (this.free <= 0) throw new NoAddressError(`no free address in ${formatIPv4(this.#range.base)}/${this.#range.prefix}`);
    let candidate = this.#next;
    while (this.#taken.has(candidate)) candidate = this.#after(candidate);
    this.#take(owner, candidate);
    return formatIPv4(candidate);
  }

  /** Records what an owner already has, as found in the kernel. False when it is outside of the range, or somebody else's. */
  claim(owner: string, address: string): boolean {
    const ip = parseIPv4(address);
    if (ip === undefined || !this.#givable(ip)) return false;
    if (this.#taken.has(ip)) return this.#byOwner.get(owner) === ip;
    this.release(owner);
    this.#take(owner, ip);
    return true;
  }

  /** No error when the owner has none. */
  release(owner: string): void {
    const ip = this.#byOwner.get(owner);
    if (ip === undefined) return;
    this.#byOwner.delete(owner);
    this.#taken.delete(ip);
  }

  /** Everybody who has an address. */
  owners(): string[] {
    return [...this.#byOwner.keys()];
  }

  addressOf(owner: string): string | undefined {
    const ip = this.#byOwner.get(owner);
    return ip === undefined ? undefined : formatIPv4(ip);
  }

  #take(owner: string, ip: number): void {
    this.#byOwner.set(owner, ip);
    this.#taken.add(ip);
    this.#next = this.#after(ip);
  }

  #after(ip: number): number {
    const next = ip + 1;
    return next >= this.#range.base + this.#range.size - 1 ? this.#range.base + 2 : next;
  }

  #givable(ip: number): boolean {
    const offset = ip - this.#range.base;
    return cidrContains(this.#range, ip) && offset >= 2 && offset < this.#range.size - 1;
  }
}
