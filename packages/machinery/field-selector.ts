/** One condition of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Selects objects by a few fields of theirs. Immutable; its text parses back to the same selector. Source: apimachinery pkg/fields. */
export class FieldSelector {
  /** All must hold, in the order they were written. */
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  /** Whether it selects everything. */
  get empty(): boolean {
    return this.requirements.length === 0;
  }

  /** @param valueFor gives a field's value; undefined counts as empty */
  matches(valueFor: (field: string) => string | undefined): boolean {
    return this.requirements.every((r) => ((valueFor(r.field) ?? "") === r.value) === (r.operator === "="));
  }

  /** The value that `field` must have, where the selector names exactly one. */
  requiresExactMatch(field: string): string | undefined {
    return this.requirements.find((r) => r.field === field && r.operator === "=")?.value;
  }

  toString(): string {
    return this.requirements.map((r) => `${r.field}${r.operator}${escapeValue(r.value)}`).join(",");
  }
}

/** Reads `metadata.name=a,status.phase!=Running`. Throws an Error in Kubernetes' words. */
export function parseFieldSelector(text: string): FieldSelector {
  return new FieldSelector(splitTerms(text).map((term) => parseTerm(term, text)));
}

/** Splits at commas that no backslash escapes; empty terms say nothing. */
function splitTerms(text: string): string[] {
  const terms = text.match(/(?:\\[\s\S]?|[^,\\])+/g) ?? [];
  return terms.filter((term) => term !== "");
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)([\s\S]*)$/s.exec(term);
  if (!match) throw new Error(`invalid selector: '${selector}'; can't understand '${term}'`);
  const [, field = "", operator, value = ""] = match;
  return { field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) };
}

const escapeValue = (value: string) => value.replace(/[\\,=]/g, "\\$&");

function unescapeValue(value: string): string {
  return value.replace(/\\([\s\S]?)|([,=])/g, (_, escaped: string | undefined, bare: string | undefined) => {
    if (bare !== undefined) throw new Error(`invalid field selector: unescaped character in value: ${bare}`);
    if (escaped && "\\,=".includes(escaped)) return escaped;
    throw new Error(`invalid field selector: invalid escape sequence: \\${escaped}`);
  });
}
