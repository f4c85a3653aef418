import { describe, expect, it } from "vitest";
import {
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPathSegmentName,
  isQualifiedName,
  isValidLabelValue,
  isWildcardDNS1123Subdomain,
  ofPrefix,
} from "./names.ts";
import * as values from "./value-names.ts";

const x = (n: number) => "x".repeat(n);

describe("names", () => {
  it.each<[string, (v: string) => string[], string[], string[]]>([
    ["isDNS1123Label", isDNS1123Label, ["a", "1", "a-1", x(63)], ["", "A", "-a", "a-", "a.b", "a_b", x(64), "a\n"]],
    ["isDNS1123Subdomain", isDNS1123Subdomain, ["a", "a.b-c.1", x(253)], ["", ".a", "a..b", "a.", "A", x(254)]],
    ["isDNS1035Label", isDNS1035Label, ["a", "a-1"], ["1a", "", "a-", "a.b"]],
    ["isWildcardDNS1123Subdomain", isWildcardDNS1123Subdomain, ["*.a.b"], ["*", "a.b", "*.*.a", "*a.b"]],
    ["isQualifiedName", isQualifiedName, ["a", "A_b.c", "a.b/C", "1"], ["", "/a", "a/", "a/b/c", "_a", "A.b/c", x(64)]],
    ["isValidLabelValue", isValidLabelValue, ["", "a", "A_b.c-1"], ["-a", "a b", "a/", x(64)]],
    ["isPathSegmentName", isPathSegmentName, ["a", "A:b", ""], [".", "..", "a/b", "a%b"]],
    ["isEnvVarName", values.isEnvVarName, ["a", "_A.b-c", ".a"], ["", "1a", "a b", ".", "..", "..a", "a=b"]],
    ["isConfigMapKey", values.isConfigMapKey, ["a", ".a", "a..b", "1_-"], ["", ".", "..", "..a", "a/b", x(254)]],
    ["isValidPortName", values.isValidPortName, ["http", "a-1"], ["", "123", "a--b", "-a", "a-", "HTTP", x(16)]],
    ["isValidIP", values.isValidIP, ["1.2.3.4", "::1"], ["", "1.2.3", "01.2.3.4", "1.2.3.4/8"]],
    [
      "isValidCIDR",
      values.isValidCIDR,
      ["10.0.0.0/8", "::/0", "1.2.3.4/32"],
      ["10.0.0.0", "10.0.0.0/33", "a/8", "1.2.3.4/08", "1.2.3.4/8/8"],
    ],
    ["isValidPercent", values.isValidPercent, ["0%", "150%"], ["%", "1", "1.5%", "-1%"]],
    ["isHTTPHeaderName", values.isHTTPHeaderName, ["X-A"], ["", "X A", "X:"]],
    ["isCIdentifier", values.isCIdentifier, ["_a1"], ["1a", "a-b", ""]],
    ["isDomainPrefixed", values.isDomainPrefixed, ["a.b/c"], ["", "a", "/a", "a/"]],
  ])("%s", (_, rule, good, bad) => {
    for (const value of good) expect(rule(value), value).toEqual([]);
    for (const value of bad) expect(rule(value).length, JSON.stringify(value)).toBeGreaterThan(0);
  });

  it("speaks Kubernetes' words", () => {
    expect(isDNS1123Label("A")).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(isDNS1123Label("a.b")).toEqual(["must not contain dots"]);
    expect(isDNS1123Label(x(64))).toEqual(["must be no more than 63 characters"]);
    expect(isQualifiedName("a/")).toContain("name part must be non-empty");
    expect(isQualifiedName("/a")).toEqual(["prefix part must be non-empty"]);
    expect(values.isValidPortNum(0)).toEqual(["must be between 1 and 65535, inclusive"]);
    expect(values.isValidUserID(-1)).toEqual(["must be between 0 and 2147483647, inclusive"]);
  });

  it("lets a prefix end with a dash, and nothing else", () => {
    expect(ofPrefix(isDNS1123Label, "web-")).toEqual([]);
    expect(ofPrefix(isDNS1123Label, "-")).toHaveLength(1);
    expect(ofPrefix(isDNS1123Label, "web_")).toHaveLength(1);
  });
});
