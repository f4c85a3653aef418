import { expect, test } from "vitest";
import { kubeconfigYaml } from "./index.ts";

test("holds the certificates, and one context that is current", () => {
  expect(kubeconfigYaml({ server: "https://127.0.0.1:6443", ca: "CA", cert: "CERT", key: "KEY" })).toBe(`apiVersion: v1
kind: Config
clusters:
- name: "wherry"
  cluster:
    certificate-authority-data: Q0E=
    server: "https://127.0.0.1:6443"
users:
- name: "wherry-admin"
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
contexts:
- name: "wherry"
  context:
    cluster: "wherry"
    user: "wherry-admin"
current-context: "wherry"
preferences: {}
`);
});

test("takes names, a token and a namespace, whatever they hold", () => {
  const yaml = kubeconfigYaml({
    server: "https://[::1]:1",
    ca: "CA",
    token: 'a"b: #c',
    cluster: "one",
    user: "you",
    context: "there",
    namespace: "ns",
  });
  for (const line of ['    token: "a\\"b: #c"', '- name: "you"', '    namespace: "ns"', 'current-context: "there"'])
    expect(yaml.split("\n")).toContain(line);
  expect(yaml).not.toContain("client-key-data");
});
