import { X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ipBytes } from "./der.ts";
import { issueCa, issueCertificate, newKey } from "./issue.ts";

const now = Date.UTC(2026, 0, 1);

test("a certificate never outlives its CA", async () => {
  const ca = await issueCa("ca", newKey(), now);
  const { cert } = await issueCertificate({ ca, subject: { commonName: "a" }, usages: ["client"], now, days: 100_000 });
  expect(new X509Certificate(cert).validTo).toBe(new X509Certificate(ca.cert).validTo);
});

test("subjects may hold any text, and several organizations", async () => {
  const ca = await issueCa("ca", newKey(), now);
  const subject = { commonName: "Zoë, 東京 /CN=x", organizations: ["one", "two"] };
  const { cert } = await issueCertificate({ ca, subject, usages: ["client"], now });
  expect(new X509Certificate(cert).toLegacyObject().subject).toMatchObject({ CN: subject.commonName, O: ["one", "two"] });
});

test("serial numbers are positive and do not repeat", async () => {
  const ca = await issueCa("ca", newKey(), now);
  const request = { ca, subject: { commonName: "a" }, usages: ["server" as const], hosts: ["a.example"], now };
  const serials = await Promise.all(
    Array.from({ length: 20 }, async () => new X509Certificate((await issueCertificate(request)).cert).serialNumber),
  );
  expect(new Set(serials).size).toBe(20);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
});

test("every form of an IPv6 address gives its 16 bytes", () => {
  expect(ipBytes("::1").toString("hex")).toBe("0".repeat(31).concat("1"));
  expect(ipBytes("::").toString("hex")).toBe("0".repeat(32));
  expect(ipBytes("::ffff:1.2.3.4").toString("hex")).toBe("00000000000000000000ffff01020304");
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      fc.pre(isIPv6(address));
      const bytes = ipBytes(address);
      expect(bytes).toHaveLength(16);
      const full = bytes.toString("hex").match(/.{4}/g)?.join(":") as string;
      expect(new URL(`http://[${full}]`).hostname).toBe(new URL(`http://[${address}]`).hostname);
    }),
  );
});
