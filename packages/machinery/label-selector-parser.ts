import { invalid } from "./field-error.ts";
import { type LabelRequirement, newRequirement, type SelectorOperator } from "./label-requirement.ts";
import { isQualifiedName } from "./names.ts";

/** Reads the text of a label selector, token by token. Source of grammar and messages: apimachinery pkg/labels/selector.go. */

type TokenKind = "word" | "in" | "notin" | "end" | "," | "(" | ")" | "!" | "=" | "==" | "!=" | ">" | "<" | "error";
interface Token {
  kind: TokenKind;
  text: string;
}

const END: Token = { kind: "end", text: "" };
const SYMBOLS: ReadonlySet<string> = new Set([",", "(", ")", "!", "=", "==", "!=", ">", "<"]);
const OPERATORS: Readonly<Partial<Record<TokenKind, SelectorOperator>>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

/** All requirements of the text. Throws an Error in Kubernetes' words. */
export function parseRequirements(text: string): LabelRequirement[] {
  const tokens = new Tokens(text);
  const found: LabelRequirement[] = [];
  for (;;) {
    const next = tokens.peek();
    if (next.kind === "end") return found;
    if (next.kind !== "word" && next.kind !== "!") throw new Error(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    found.push(requirement(tokens));
    const after = tokens.take();
    if (after.kind === "end") return found;
    if (after.kind !== ",") throw new Error(`found '${after.text}', expected: ',' or 'end of string'`);
    const more = tokens.peek();
    if (more.kind !== "word" && more.kind !== "!") throw new Error(`found '${more.text}', expected: identifier after ','`);
  }
}

function requirement(tokens: Tokens): LabelRequirement {
  try {
    return parseRequirement(tokens);
  } catch (error) {
    throw new Error(`unable to parse requirement: ${(error as Error).message}`);
  }
}

function parseRequirement(tokens: Tokens): LabelRequirement {
  const { key, operator: inferred } = parseKey(tokens);
  if (inferred) return newRequirement(key, inferred, []);
  const token = tokens.take("operator");
  const operator = OPERATORS[token.kind];
  if (!operator) throw new Error(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  return newRequirement(key, operator, operator === "in" || operator === "notin" ? parseValues(tokens) : parseExactValue(tokens));
}

function parseKey(tokens: Tokens): { key: string; operator?: SelectorOperator } {
  let token = tokens.take();
  const negated = token.kind === "!";
  if (negated) token = tokens.take();
  if (token.kind !== "word") throw new Error(`found '${token.text}', expected: identifier`);
  const wrong = isQualifiedName(token.text);
  if (wrong.length > 0) throw new Error(`<nil>: ${invalid("", token.text, wrong.join("; ")).message}`);
  if (negated) return { key: token.text, operator: "!" };
  const { kind } = tokens.peek();
  return kind === "end" || kind === "," ? { key: token.text, operator: "exists" } : { key: token.text };
}

function parseExactValue(tokens: Tokens): string[] {
  const { kind } = tokens.peek();
  if (kind === "end" || kind === ",") return [""];
  const token = tokens.take();
  if (token.kind !== "word") throw new Error(`found '${token.text}', expected: identifier`);
  return [token.text];
}

function parseValues(tokens: Tokens): string[] {
  const open = tokens.take();
  if (open.kind !== "(") throw new Error(`found '${open.text}' expected: '('`);
  const first = tokens.peek();
  if (first.kind === ")") {
    tokens.take();
    return [""];
  }
  if (first.kind !== "word" && first.kind !== ",") throw new Error(`found '${first.text}', expected: ',', ')' or identifier`);
  const values = parseList(tokens);
  if (tokens.take().kind !== ")") throw new Error(`found '${first.text}', expected: ')'`);
  return values;
}

/** A comma with nothing before or after it stands for the empty value. */
function parseList(tokens: Tokens): string[] {
  const values: string[] = [];
  for (;;) {
    const token = tokens.take();
    if (token.kind === "word") {
      values.push(token.text);
      const next = tokens.peek();
      if (next.kind === ")") return values;
      if (next.kind !== ",") throw new Error(`found '${next.text}', expected: ',' or ')'`);
    } else if (token.kind === ",") {
      if (values.length === 0) values.push("");
      const next = tokens.peek();
      if (next.kind === ")" || next.kind === ",") values.push("");
      if (next.kind === ")") return values;
      if (next.kind === ",") tokens.take();
    } else throw new Error(`found '${token.text}', expected: ',', or identifier`);
  }
}

/** `in` and `notin` are operators only where an operator may stand; anywhere else they are words. */
class Tokens {
  readonly #text: string;
  #at = 0;
  #ahead: Token | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): Token {
    this.#ahead ??= this.#scan();
    return asWord(this.#ahead);
  }

  take(place: "value" | "operator" = "value"): Token {
    const token = this.#ahead ?? this.#scan();
    this.#ahead = undefined;
    return place === "operator" ? token : asWord(token);
  }

  #scan(): Token {
    while (/[ \t\r\n]/.test(this.#text.charAt(this.#at))) this.#at++;
    if (this.#at >= this.#text.length) return END;
    const word = /[^=!(),<> \t\r\n]*/y;
    word.lastIndex = this.#at;
    const text = word.exec(this.#text)![0];
    this.#at += text.length;
    if (text === "") return this.#symbol();
    return { kind: text === "in" || text === "notin" ? text : "word", text };
  }

  #symbol(): Token {
    const two = this.#text.slice(this.#at, this.#at + 2);
    const text = SYMBOLS.has(two) ? two : two.charAt(0);
    this.#at += text.length;
    return { kind: text as TokenKind, text };
  }
}

function asWord(token: Token): Token {
  return token.kind === "in" || token.kind === "notin" ? { kind: "word", text: token.text } : token;
}
