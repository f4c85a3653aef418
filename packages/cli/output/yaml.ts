import type { Scalar, ScalarTag, TagId } from "yaml";

/** YAML as Kubernetes' own tools write it, quotes included: sorted keys, lists not indented. Source: sigs.k8s.io/yaml. */
export async function toYaml(value: unknown): Promise<string> {
  const { Document, visit } = await import("yaml");
  // YAML 1.1 readers, Kubernetes' own among them, take bare times and `yes` for something else than text.
  const document = new Document(sortKeys(value), { version: "1.1", aliasDuplicateObjects: false });
  document.schema.tags = document.schema.tags.map((tag) => ("test" in tag && tag.test?.test(".") ? { ...tag, test: WITH_DIGIT } : tag));
  const special = document.schema.tags.filter((tag): tag is ScalarTag => Boolean(tag.default && "test" in tag && tag.test));
  const resolves = (text: string) => OCTAL.test(text) || special.some((tag) => tag.tag !== STRING && tag.test?.test(text));
  visit(document, {
    Scalar(_, node) {
      const style = typeof node.value === "string" && quotes(node.value, resolves);
      if (style) node.type = style;
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true });
}

const STRING: TagId | string = "tag:yaml.org,2002:str";

/** The library takes a lone point for a number. */
const WITH_DIGIT = /^[-+]?(?=.*\d)(?:\d[\d_]*)?\.[\d_]*$/;

/** YAML 1.2's, which the library does not know together with 1.1's. */
const OCTAL = /^[-+]?0o[0-7_]+$/;

const NOT_PLAIN = /^[\s,[\]{}#&*!|>'"%@`]|^[-?:](\s|$)|: |:$| #|\s$/;

/** What would be read as something else than text, or cannot be shown, stands in double quotes; single ones are for the rest that needs any. */
function quotes(text: string, resolves: (text: string) => boolean): Scalar.Type | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (resolves(text) || /[\0-\x09\x0b-\x1f\x7f\ufeff]/.test(text)) return "QUOTE_DOUBLE";
  // The library would choose double quotes here, to save an escape.
  return text.includes("'") && !text.includes("\n") && NOT_PLAIN.test(text) ? "QUOTE_SINGLE" : undefined;
}

/** The value with the keys of every mapping in order, as Kubernetes' own tools write it. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, sortKeys(child)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
