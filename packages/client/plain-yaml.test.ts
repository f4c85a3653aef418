import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type PlainValue, parsePlainYaml } from "./plain-yaml.ts";

const KUBECTL = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://127.0.0.1:6443
  name: wherry
contexts:
- context:
    cluster: wherry
    user: "wherry-admin"
  name: wherry
current-context: wherry
kind: Config
# A remark.
preferences: {}
users:
- name: 'wherry-admin'
  user:
    insecure-skip-tls-verify: true
    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=
`;

const word = fc.constantFrom(
  "name",
  "cluster",
  "https://127.0.0.1:6443",
  "true",
  "null",
  "No",
  "LS0tLQ==",
  "a/b",
  "x:y",
  "~",
  "12",
  "1e3",
  "-",
  "",
  "é",
  "a: b",
  "a #b",
);
const { document } = fc.letrec<{ document: PlainValue; map: PlainValue }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    word as fc.Arbitrary<PlainValue>,
    fc.boolean(),
    tie("map"),
    fc.array(tie("document"), { maxLength: 3 }),
  ),
  map: fc.dictionary(fc.constantFrom("name", "cluster", "client-key-data", "user"), tie("document"), {
    maxKeys: 3,
  }) as fc.Arbitrary<PlainValue>,
}));

/** Takes a character out, or puts one in. */
const changes = fc.array(
  fc.record({
    at: fc.nat(),
    drop: fc.nat(2),
    put: fc.constantFrom("", " ", "  ", "\n", "- ", ":", ": ", "#", '"', "'", "{", "|", "&a ", "\t", "\\"),
  }),
  { maxLength: 3 },
);

function change(text: string, edits: readonly { at: number; drop: number; put: string }[]): string {
  return edits.reduce((now, { at, drop, put }) => {
    const where = at % (now.length + 1);
    return now.slice(0, where) + put + now.slice(where + drop);
  }, text);
}

describe("parsePlainYaml", () => {
  test("reads what kubectl writes", () => {
    expect(parsePlainYaml(KUBECTL)).toEqual(parse(KUBECTL));
  });

  test("leaves everything else to the real parser", () => {
    const others = [
      "{ a: b }",
      "a: 1",
      "a: |\n  b",
      "a: &x b",
      "a: b # c",
      "a:\n",
      "a: b\na: c",
      'a: "\\n"',
      "- a\nb: c",
      "a: b\n  c: d",
      "---\na: b",
      "a: ~",
      "",
      "a",
      "a: b:",
      "a:  b",
      "a: b ",
      "a: Yes",
      "a: off",
    ];
    expect(others.filter((text) => parsePlainYaml(text) !== undefined)).toEqual([]);
  });

  test("what it gives is what the real parser gives", () => {
    fc.assert(
      fc.property(document, changes, fc.boolean(), (value, edits, indentSeq) => {
        const text = change(stringify(value, { indentSeq }), edits);
        const plain = parsePlainYaml(text);
        if (plain !== undefined) expect(plain).toEqual(parse(text));
      }),
      { numRuns: 3000 },
    );
  });

  test("a kubeconfig with a little damage is read as the real parser reads it", () => {
    fc.assert(
      fc.property(changes, (edits) => {
        const text = change(KUBECTL, edits);
        const plain = parsePlainYaml(text);
        if (plain !== undefined) expect(plain).toEqual(parse(text));
      }),
      { numRuns: 3000 },
    );
  });
});
