import { describe, expect, it } from "vitest";
import { isSelf, nameserversOf, parseUpstream, printUpstream } from "./upstreams.ts";

describe("upstreams", () => {
  it.each([
    ["1.1.1.1", "1.1.1.1:53"],
    ["10.0.0.1:5353", "10.0.0.1:5353"],
    ["fd00::1", "[fd00::1]:53"],
    ["[fd00::1]:54", "[fd00::1]:54"],
  ])("reads %s", (text, printed) => {
    expect(printUpstream(parseUpstream(text))).toBe(printed);
  });

  it.each(["", "example.com", "1.1.1.1:0", "1.1.1.1:99999", "[1.1.1.1", "1.1.1.1:x"])("refuses '%s'", (text) => {
    expect(() => parseUpstream(text)).toThrow("is no DNS server: give an IP address");
  });

  it("knows itself, also behind a wildcard", () => {
    const upstream = parseUpstream("10.0.0.1");
    expect(isSelf(upstream, [{ host: "10.0.0.1", port: 53 }], [])).toBe(true);
    expect(isSelf(upstream, [{ host: "0.0.0.0", port: 53 }], ["10.0.0.1"])).toBe(true);
    expect(isSelf(upstream, [{ host: "0.0.0.0", port: 53 }], ["10.0.0.2"])).toBe(false);
    expect(isSelf(upstream, [{ host: "10.0.0.1", port: 54 }], [])).toBe(false);
  });

  it("reads a resolv.conf", () => {
    const text =
      "# nameserver 9.9.9.9\nsearch lan\nnameserver 10.0.0.2\n nameserver\tfe80::1%eth0 \nnameserver nonsense\nnameserver 10.0.0.2\n";
    expect(nameserversOf(text)).toEqual(["10.0.0.2", "fe80::1%eth0"]);
  });
});
