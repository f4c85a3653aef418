import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newKey } from "./issue.ts";
import { TokenKey } from "./tokens.ts";

const pem = newKey();
const key = new TokenKey(pem);
const claims = { sub: "system:serviceaccount:a:b", aud: ["x"], exp: 5 };
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token", () => {
  it("is known by the key that signed it, also after a restart", () => {
    expect(new TokenKey(pem).verify(key.sign(claims))).toEqual(claims);
    expect(new TokenKey(newKey()).verify(key.sign(claims))).toBeUndefined();
  });

  it("can be checked by others, with the public key alone", () => {
    const [head = "", body = "", signature = ""] = key.sign(claims).split(".");
    const published = createPublicKey({ key: { ...key.jwk() }, format: "jwk" });
    const text = Buffer.from(`${head}.${body}`);
    expect(verify("sha256", text, { key: published, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "ES256", kid: key.jwk().kid });
  });

  it.each<[string, (token: string) => string]>([
    ["other claims", (t) => t.replace(/\.[^.]+\./, `.${part({ ...claims, exp: 9e9 })}.`)],
    ["no signature", (t) => t.replace(/[^.]+$/, "")],
    ["another's signature", (t) => t.replace(/[^.]+$/, new TokenKey(newKey()).sign(claims).split(".")[2] as string)],
    ["no algorithm", (t) => t.replace(/^[^.]+/, part({ alg: "none" }))],
    ["a shared secret's algorithm", (t) => t.replace(/^[^.]+/, part({ alg: "HS256" }))],
    ["a part too many", (t) => `${t}.x`],
    ["no JSON", (t) => t.replace(/^[^.]+/, "x")],
    ["nothing at all", () => ""],
  ])("with %s is not known", (_, forge) => expect(key.verify(forge(key.sign(claims)))).toBeUndefined());
});
