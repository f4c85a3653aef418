import { describe, expect, it } from "vitest";
import { parseDocument, type YAMLParseError } from "yaml";
import { MANIFEST_YAML } from "./manifest-yaml.ts";
import { yamlCharacterError, yamlReferenceError, yamlSyntaxError, yamlValueError } from "./yaml-words.ts";

/** What kubectl's parser says, without `yaml: `. */
const said: [text: string, message: string][] = [
  ["a: b: c", "mapping values are not allowed in this context"],
  ["metadata:\n  name: a\n   labels: {}", "line 3: mapping values are not allowed in this context"],
  ["a:\n- b\n c: 1", "line 3: mapping values are not allowed in this context"],
  ["a:\n  b: 1\n c: 2\n", "line 2: did not find expected key"],
  ["metadata:\n  name: a\n spec: 1", "line 2: did not find expected key"],
  ["a: |\n  x\n y", "line 2: did not find expected key"],
  ["a: 1\n- b", "line 1: did not find expected key"],
  ['a: "x" y', "did not find expected key"],
  ["a:\n  - b\n  c: 1", "line 2: did not find expected '-' indicator"],
  ["- a\nb: 1", "line 1: did not find expected '-' indicator"],
  ["a:\n\tb: 1", "line 2: found character that cannot start any token"],
  ["\ta: 1", "found character that cannot start any token"],
  ["a: @x", "found character that cannot start any token"],
  ["a: `x`", "found character that cannot start any token"],
  ["a: %x", "found character that cannot start any token"],
  ['a: "x', "found unexpected end of stream"],
  ['a:\n  b: "x\n  c: 1\n', "line 4: found unexpected end of stream"],
  ["a: 'x\nb: 1\n", "line 3: found unexpected end of stream"],
  ["a: [1, 2", "line 1: did not find expected ',' or ']'"],
  ["a: [1, 2}", "did not find expected ',' or ']'"],
  ["a: {b: 1", "line 1: did not find expected ',' or '}'"],
  ["}", "did not find expected node content"],
  ["a: 1\nb", "line 3: could not find expected ':'"],
  ["a: 1\nb\nc: 1", "line 3: could not find expected ':'"],
  ["a: - b", "block sequence entries are not allowed in this context"],
  ['a: "\\q"', "found unknown escape character"],
  ["a: &", "did not find expected alphabetic or numeric character"],
  ["a: *x", "unknown anchor 'x' referenced"],
  ["a: &x [*x]", "anchor 'x' value contains itself"],
  ["a: &x {b: [{c: *x}]}", "anchor 'x' value contains itself"],
  ["<<: 1", "map merge requires map or sequence of maps as the value"],
  ["a: \u0001", "control characters are not allowed"],
];

describe("the words of YAML's errors", () => {
  it.each(said)("of %j are kubectl's", (text, message) => {
    expect(errorOf(text)).toBe(`yaml: ${message}`);
  });

  it("refuse a key that is no scalar, and aliases without bound", () => {
    expect(errorOf("? [a]\n: 1")).toMatch(/^yaml: invalid map key: /);
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x,x]",
      ..."bcdefg".split("").map((key, i) => `${key}: &${key} [${"*X,".replace("X", "abcdef"[i]!).repeat(10)}]`),
    ];
    expect(errorOf(bomb.join("\n"))).toBe("yaml: document contains excessive aliasing");
  });

  it("are none for what can be read", () => {
    expect(errorOf("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n")).toBeUndefined();
  });
});

function errorOf(text: string): string | undefined {
  const document = parseDocument(text, { ...MANIFEST_YAML, prettyErrors: false });
  const [broken] = document.errors as YAMLParseError[];
  const wrong = yamlCharacterError(text) ?? (broken ? yamlSyntaxError(broken, text) : yamlReferenceError(document));
  if (wrong !== undefined) return wrong;
  try {
    document.toJS({ maxAliasCount: 100 });
    return undefined;
  } catch (error) {
    return yamlValueError(error as Error);
  }
}
