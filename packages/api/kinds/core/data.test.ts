import { describe, expect, it } from "vitest";
import { cells, created, findings, updated } from "../testing.ts";
import { ConfigMap } from "./configmap.ts";
import { Secret } from "./secret.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a config map", () => {
  it("refuses bad keys, keys in both maps, and too much", () => {
    expect(findings(ConfigMap, { data: { "a/b": "" } })).toEqual([
      expect.stringContaining('data[a/b]: Invalid value: "a/b": a valid config key'),
    ]);
    expect(findings(ConfigMap, { data: { a: "" }, binaryData: { a: "" } })).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ]);
    expect(findings(ConfigMap, { data: { a: "x".repeat(1048577) } })).toEqual([": Too long: may not be more than 1048576 bytes"]);
    expect(findings(ConfigMap, { binaryData: { a: base64("x".repeat(1048576)) } })).toEqual([]);
  });

  it("stays as it is once it is immutable", () => {
    const map = created(ConfigMap, { data: { a: "1" }, immutable: true });
    expect(updated(ConfigMap, map, (m) => Object.assign(m, { data: { a: "2" }, immutable: false })).errors).toEqual([
      "immutable: Forbidden: field is immutable when `immutable` is set",
      "data: Forbidden: field is immutable when `immutable` is set",
    ]);
    expect(updated(ConfigMap, map, (m) => Object.assign(m.metadata, { labels: { a: "b" } })).errors).toEqual([]);
  });

  it("prints how much it holds", () =>
    expect(cells(ConfigMap, created(ConfigMap, { data: { a: "" }, binaryData: { b: "" } })).Data).toBe(2));
});

describe("a secret", () => {
  it("takes stringData into data", () => {
    const secret = created(Secret, { data: { a: base64("1"), b: base64("2") }, stringData: { b: "3" } });
    expect(secret).toEqual({ metadata: { name: "x" }, type: "Opaque", data: { a: base64("1"), b: base64("3") } });
    expect(updated(Secret, secret, (s) => Object.assign(s, { stringData: { a: "9" } })).object.data).toEqual({
      a: base64("9"),
      b: base64("3"),
    });
  });

  it.each<[string[], string, Record<string, string>]>([
    [["data[tls.crt]: Required value", "data[tls.key]: Required value"], "kubernetes.io/tls", {}],
    [["data[.dockerconfigjson]: Required value"], "kubernetes.io/dockerconfigjson", {}],
    [
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": it is not valid JSON'],
      "kubernetes.io/dockerconfigjson",
      { ".dockerconfigjson": "{" },
    ],
    [["data[username]: Required value", "data[password]: Required value"], "kubernetes.io/basic-auth", {}],
    [[], "kubernetes.io/basic-auth", { password: "x" }],
    [["data[ssh-privatekey]: Required value"], "kubernetes.io/ssh-auth", {}],
    [["metadata.annotations[kubernetes.io/service-account.name]: Required value"], "kubernetes.io/service-account-token", {}],
    [[], "example.com/own", {}],
  ])("is checked by its type: %j", (errors, type, stringData) => expect(findings(Secret, { type, stringData })).toEqual(errors));

  it("keeps its type", () => {
    const secret = created(Secret, { type: "a/b" });
    expect(updated(Secret, secret, (s) => Object.assign(s, { type: "c/d" })).errors).toEqual([
      'type: Invalid value: "c/d": field is immutable',
    ]);
    expect(updated(Secret, secret, (s) => Object.assign(s, { type: undefined })).object.type).toBe("a/b");
  });
});
