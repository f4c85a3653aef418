import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cidrContains, cidrsOverlap, formatCidr, formatIPv4, parseCidr, parseIPv4 } from "./cidr.ts";
import { AddressPool, NoAddressError } from "./ipam.ts";

describe("IPv4 ranges", () => {
  it("reads and writes them, without host bits", () => {
    expect(formatCidr(parseCidr("10.244.3.7/16"))).toBe("10.244.0.0/16");
    expect(parseIPv4("255.255.255.255")).toBe(2 ** 32 - 1);
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "010.0.0.0/8", "::/0", ""])("refuses %s", (text) => {
    expect(() => parseCidr(text)).toThrow("is not an IPv4 range");
  });

  it("overlap exactly when one contains the other's first address", () => {
    const cidr = fc
      .tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 0, max: 32 }))
      .map(([ip, prefix]) => parseCidr(`${formatIPv4(ip)}/${prefix}`));
    fc.assert(fc.property(cidr, cidr, (a, b) => cidrsOverlap(a, b) === (cidrContains(a, b.base) || cidrContains(b, a.base))));
  });
});

describe("AddressPool", () => {
  it("gives the same owner the same address, and never the network, gateway or broadcast address", () => {
    const pool = new AddressPool("10.244.0.0/29");
    const given = ["a", "b", "c", "d", "e"].map((owner) => pool.allocate(owner));
    expect(given).toEqual(["10.244.0.2", "10.244.0.3", "10.244.0.4", "10.244.0.5", "10.244.0.6"]);
    expect(pool.allocate("c")).toBe("10.244.0.4");
    expect(() => pool.allocate("f")).toThrow(NoAddressError);
  });

  it("does not give an address again while another was free for longer", () => {
    const pool = new AddressPool("10.244.0.0/29");
    pool.allocate("a");
    pool.release("a");
    expect(["b", "c", "d", "e", "f"].map((owner) => pool.allocate(owner)).at(-1)).toBe("10.244.0.2");
  });

  it("takes up what the kernel has, and refuses what is not its own", () => {
    const pool = new AddressPool("10.244.0.0/24");
    expect(pool.claim("a", "10.244.0.9")).toBe(true);
    expect(pool.claim("b", "10.244.0.9")).toBe(false);
    expect(pool.claim("b", "10.244.1.9")).toBe(false);
    expect(pool.claim("b", "10.244.0.1")).toBe(false);
    expect(pool.allocate("a")).toBe("10.244.0.9");
  });

  it("never gives two owners one address", () => {
    const step = fc.tuple(fc.constantFrom("allocate", "release"), fc.nat(12));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const pool = new AddressPool("10.0.0.0/28");
        const held = new Map<string, string>();
        for (const [what, n] of steps) {
          const owner = `o${n}`;
          if (what === "release") {
            pool.release(owner);
            held.delete(owner);
          } else if (held.has(owner) || pool.free > 0) held.set(owner, pool.allocate(owner));
          expect(new Set(held.values()).size).toBe(held.size);
          expect(pool.free).toBe(13 - held.size);
        }
      }),
    );
  });
});
